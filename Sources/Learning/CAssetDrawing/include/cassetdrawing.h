// SVG and text as pixels, by librsvg, Pango and Cairo, which are opened at run time: programs start without them.
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct cad_libraries cad_libraries;

// Opens the libraries; NULL with the name of the library that is missing in `missing`, a static text. Fonts below
// `font_folder` alone are used from then on in this process.
cad_libraries *cad_open(const char *font_folder, const char **missing);

// Straight RGBA, rows from the top, 4 * width * height bytes for free(); NULL where nothing can be drawn.
// An SVG is drawn so that its longer side has `side` pixels. It cannot read other files.
uint8_t *cad_svg(cad_libraries *libraries, const uint8_t *bytes, size_t length, int side, int *width, int *height);

// One line of black text with `margin` empty pixels around it. NULL too where the face, a Pango description such as
// "Lato Black", has not all the characters. `baseline` is counted from the top.
uint8_t *cad_text(
    cad_libraries *libraries, const char *face, int em, const char *text, int margin, int *width, int *height,
    int *baseline);
