// Picture files behind a C interface: libpng, libjpeg-turbo, libwebp and Little CMS, none of which shows here.
//
// Every call takes bytes that it only reads, writes pixels into memory of the caller, and tells in `ci_notes`
// what was wrong. Pixels are 8 bits a channel, four channels, rows from the top without gaps. No call prints,
// exits, or keeps a pointer after it returns; calls on different notes may run at the same time.
#pragma once

#include <stddef.h>
#include <stdint.h>

// What one call found besides pixels: an error, a warning, a colour profile, EXIF data.
typedef struct ci_notes ci_notes;

// Empty notes, or NULL where memory is short. `metadata_limit` is the most bytes that a profile, an EXIF block
// or any other side piece may have; larger ones are dropped with a warning.
ci_notes *ci_notes_make(size_t metadata_limit);
void ci_notes_free(ci_notes *notes);

// One line of text, empty where there was no error; then the offset of the byte where reading stopped, or -1.
const char *ci_notes_error(const ci_notes *notes);
int64_t ci_notes_offset(const ci_notes *notes);
// The first warning, empty where there was none.
const char *ci_notes_warning(const ci_notes *notes);
// The ICC profile and the EXIF block of the picture; NULL and 0 where there is none. They live as long as the notes.
const uint8_t *ci_notes_profile(const ci_notes *notes, size_t *length);
const uint8_t *ci_notes_exif(const ci_notes *notes, size_t *length);

// Which colours a file stores; decoded pixels are RGBA for the first two and C, M, Y, K as stored for the last.
enum { CI_GREY = 1, CI_RGB = 3, CI_CMYK = 4 };

typedef struct {
  uint32_t width;
  uint32_t height;
  int32_t colour;     // one of the above
  int32_t has_alpha;  // an alpha channel or a transparent colour
  int32_t frames;     // 1, or more for an animation
} ci_header;

// Readers: 1 where it went well, 0 with an error in the notes. A header costs no memory for pixels; `pixels` is for
// 4 * width * height bytes of the header that the same bytes gave.
int ci_png_read_header(const uint8_t *bytes, size_t length, ci_header *header, ci_notes *notes);
int ci_png_read_pixels(const uint8_t *bytes, size_t length, const ci_header *header, uint8_t *pixels, ci_notes *notes);
int ci_jpeg_read_header(const uint8_t *bytes, size_t length, ci_header *header, ci_notes *notes);
int ci_jpeg_read_pixels(const uint8_t *bytes, size_t length, const ci_header *header, uint8_t *pixels, ci_notes *notes);
int ci_webp_read_header(const uint8_t *bytes, size_t length, ci_header *header, ci_notes *notes);
int ci_webp_read_pixels(const uint8_t *bytes, size_t length, const ci_header *header, uint8_t *pixels, ci_notes *notes);

// Writers: bytes for `ci_bytes_free`, or NULL with an error in the notes. Pixels are RGBA; JPEG leaves alpha out
// and keeps a colour for every `chroma_step` by `chroma_step` pixels, 1 or 2. A quick PNG is written several times as fast and is somewhat longer.
uint8_t *ci_png_write(
    const uint8_t *pixels, uint32_t width, uint32_t height, int has_alpha, int is_quick, size_t *length,
    ci_notes *notes);
uint8_t *ci_jpeg_write(
    const uint8_t *pixels, uint32_t width, uint32_t height, int quality, int chroma_step, size_t *length,
    ci_notes *notes);
uint8_t *ci_webp_write(
    const uint8_t *pixels, uint32_t width, uint32_t height, int lossless, float quality, size_t *length,
    ci_notes *notes);
void ci_bytes_free(uint8_t *bytes);

// A PNG written row by row. The sink takes the bytes as they come: 1 where it took them, 0 where it failed, which
// fails the call that gave them. `make` gives NULL and the others 0 with an error in the notes, which outlive the
// writer; after an error a writer can only be freed.
typedef struct ci_png_writer ci_png_writer;
typedef int (*ci_sink)(void *context, const uint8_t *bytes, size_t length);
ci_png_writer *ci_png_writer_make(uint32_t width, uint32_t height, ci_sink sink, void *context, ci_notes *notes);
int ci_png_writer_append(ci_png_writer *writer, const uint8_t *pixels, uint32_t row_count);
int ci_png_writer_finish(ci_png_writer *writer);
void ci_png_writer_free(ci_png_writer *writer);

// Converts pixels in place to sRGB, leaving alpha as it is (CMYK becomes RGB with alpha 255): 1 converted,
// 0 nothing to do because the profile is that of sRGB, -1 the profile is of no use and the pixels are unchanged.
// `colour` is the header's; `inverted` says that CMYK is stored as 255 minus ink.
int ci_convert_to_srgb(
    uint8_t *pixels, size_t pixel_count, int colour, int inverted, const uint8_t *profile, size_t profile_length,
    ci_notes *notes);

// Converts sRGB pixels in place to the colours of a profile: RGB leaves alpha, grey goes into the first of four bytes,
// CMYK takes all four. 1 converted, 0 nothing to do because the profile is that of sRGB or grey with its curve,
// -1 the profile is of no use and the pixels are unchanged.
int ci_convert_from_srgb(
    uint8_t *pixels, size_t pixel_count, int colour, int inverted, const uint8_t *profile, size_t profile_length,
    ci_notes *notes);

// The ICC profile of sRGB, the same bytes every day, for `ci_bytes_free`; NULL where memory is short.
uint8_t *ci_srgb_profile(size_t *length);

// A profile in which RGB pixels keep the numbers that they have in a picture of this profile: the profile itself, or for
// grey one with the primaries of sRGB and the curve of the grey. NULL where the numbers are those of sRGB, give or take
// one level, or the profile is of no use. `colour` is CI_GREY or CI_RGB; ci_bytes_free frees the result.
uint8_t *ci_rgb_profile(const uint8_t *profile, size_t profile_length, int colour, size_t *length);
