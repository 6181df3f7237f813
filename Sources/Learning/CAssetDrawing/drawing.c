#include <cassetdrawing.h>
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

// What the headers of GLib, Cairo, Pango and librsvg declare, as far as it is called here.
typedef struct {
  uint32_t domain;
  int code;
  char *message;
} g_error;
typedef struct {
  double x, y, width, height;
} rsvg_rectangle;
typedef struct {
  int x, y, width, height;
} pango_rectangle;

struct cad_libraries {
  void (*g_object_unref)(void *);
  void (*g_error_free)(g_error *);
  void *(*surface_create)(int format, int width, int height);
  int (*surface_status)(void *);
  void (*surface_flush)(void *);
  unsigned char *(*surface_data)(void *);
  int (*surface_stride)(void *);
  void (*surface_destroy)(void *);
  void *(*context_create)(void *surface);
  int (*context_status)(void *);
  void (*context_destroy)(void *);
  void (*move_to)(void *, double, double);
  void *(*rsvg_new)(const uint8_t *, size_t, g_error **);
  int (*rsvg_size)(void *, double *, double *);
  void (*rsvg_dimensions)(void *, int *, void *, int *, void *, int *, rsvg_rectangle *);
  int (*rsvg_render)(void *, void *, const rsvg_rectangle *, g_error **);
  void *(*layout_create)(void *context);
  void (*layout_show)(void *context, void *layout);
  void (*layout_set_text)(void *, const char *, int);
  void (*layout_set_font)(void *, const void *);
  void (*layout_extents)(void *, pango_rectangle *, pango_rectangle *);
  int (*layout_baseline)(void *);
  int (*layout_unknown)(void *);
  void (*layout_set_attributes)(void *, void *);
  void *(*attributes_create)(void);
  void (*attributes_insert)(void *, void *);
  void (*attributes_release)(void *);
  void *(*fallback_attribute)(int);
  void *(*font_from_string)(const char *);
  void (*font_set_size)(void *, double);
  void (*font_free)(void *);
  void *(*fc_create)(void);
  int (*fc_set_current)(void *);
  int (*fc_add_folder)(void *, const char *);
  int (*fc_parse)(void *, const uint8_t *, int);
};

static cad_libraries libraries;
static int is_open;

cad_libraries *cad_open(const char *font_folder, const char **missing) {
  static const char *const names[] = {"libgobject-2.0.so.0", "libglib-2.0.so.0",    "libfontconfig.so.1", "libcairo.so.2",
                                      "libpango-1.0.so.0",   "libpangocairo-1.0.so.0", "librsvg-2.so.2"};
  void *handles[7];
  for (int place = 0; place < 7; place++) {
    *missing = names[place];
    handles[place] = dlopen(names[place], RTLD_NOW | RTLD_GLOBAL);
    if (handles[place] == NULL) return NULL;
  }
  const struct {
    void *pointer;
    int library;
    const char *name;
  } symbols[] = {
      {&libraries.g_object_unref, 0, "g_object_unref"},
      {&libraries.g_error_free, 1, "g_error_free"},
      {&libraries.fc_create, 2, "FcConfigCreate"},
      {&libraries.fc_set_current, 2, "FcConfigSetCurrent"},
      {&libraries.fc_add_folder, 2, "FcConfigAppFontAddDir"},
      {&libraries.fc_parse, 2, "FcConfigParseAndLoadFromMemory"},
      {&libraries.surface_create, 3, "cairo_image_surface_create"},
      {&libraries.surface_status, 3, "cairo_surface_status"},
      {&libraries.surface_flush, 3, "cairo_surface_flush"},
      {&libraries.surface_data, 3, "cairo_image_surface_get_data"},
      {&libraries.surface_stride, 3, "cairo_image_surface_get_stride"},
      {&libraries.surface_destroy, 3, "cairo_surface_destroy"},
      {&libraries.context_create, 3, "cairo_create"},
      {&libraries.context_status, 3, "cairo_status"},
      {&libraries.context_destroy, 3, "cairo_destroy"},
      {&libraries.move_to, 3, "cairo_move_to"},
      {&libraries.layout_set_text, 4, "pango_layout_set_text"},
      {&libraries.layout_set_font, 4, "pango_layout_set_font_description"},
      {&libraries.layout_extents, 4, "pango_layout_get_pixel_extents"},
      {&libraries.layout_baseline, 4, "pango_layout_get_baseline"},
      {&libraries.layout_unknown, 4, "pango_layout_get_unknown_glyphs_count"},
      {&libraries.layout_set_attributes, 4, "pango_layout_set_attributes"},
      {&libraries.attributes_create, 4, "pango_attr_list_new"},
      {&libraries.attributes_insert, 4, "pango_attr_list_insert"},
      {&libraries.attributes_release, 4, "pango_attr_list_unref"},
      {&libraries.fallback_attribute, 4, "pango_attr_fallback_new"},
      {&libraries.font_from_string, 4, "pango_font_description_from_string"},
      {&libraries.font_set_size, 4, "pango_font_description_set_absolute_size"},
      {&libraries.font_free, 4, "pango_font_description_free"},
      {&libraries.layout_create, 5, "pango_cairo_create_layout"},
      {&libraries.layout_show, 5, "pango_cairo_show_layout"},
      {&libraries.rsvg_new, 6, "rsvg_handle_new_from_data"},
      {&libraries.rsvg_size, 6, "rsvg_handle_get_intrinsic_size_in_pixels"},
      {&libraries.rsvg_dimensions, 6, "rsvg_handle_get_intrinsic_dimensions"},
      {&libraries.rsvg_render, 6, "rsvg_handle_render_document"},
  };
  for (size_t place = 0; place < sizeof symbols / sizeof *symbols; place++) {
    void *symbol = dlsym(handles[symbols[place].library], symbols[place].name);
    *missing = names[symbols[place].library];
    if (symbol == NULL) return NULL;
    memcpy(symbols[place].pointer, &symbol, sizeof symbol);
  }
  if (!is_open) {
    void *configuration = libraries.fc_create();
    *missing = "libfontconfig.so.1";
    if (configuration == NULL || !libraries.fc_set_current(configuration)) return NULL;
    // Without a folder for its cache fontconfig complains on standard error of every line of text.
    libraries.fc_parse(
        configuration, (const uint8_t *)"<fontconfig><cachedir prefix=\"xdg\">fontconfig</cachedir></fontconfig>", 1);
    libraries.fc_add_folder(configuration, font_folder);
    is_open = 1;
  }
  return &libraries;
}

// Cairo keeps blue, green, red and alpha in the order of memory, multiplied by alpha.
static uint8_t *straight_pixels(cad_libraries *l, void *surface, int width, int height) {
  uint8_t *pixels = malloc((size_t)width * height * 4);
  if (pixels == NULL) return NULL;
  l->surface_flush(surface);
  const uint8_t *data = l->surface_data(surface);
  int stride = l->surface_stride(surface);
  for (int y = 0; y < height; y++)
    for (int x = 0; x < width; x++) {
      const uint8_t *from = data + (size_t)y * stride + 4 * x;
      uint8_t *to = pixels + ((size_t)y * width + x) * 4;
      unsigned alpha = from[3];
      for (int channel = 0; channel < 3; channel++) {
        unsigned value = alpha == 0 ? 0 : (from[2 - channel] * 255 + alpha / 2) / alpha;
        to[channel] = value > 255 ? 255 : (uint8_t)value;
      }
      to[3] = (uint8_t)alpha;
    }
  return pixels;
}

static uint8_t *drawn(
    cad_libraries *l, int width, int height, int (*draw)(cad_libraries *, void *context, void *what), void *what) {
  void *surface = l->surface_create(0, width, height);
  void *context = l->context_create(surface);
  uint8_t *pixels = NULL;
  if (l->surface_status(surface) == 0 && l->context_status(context) == 0 && draw(l, context, what) &&
      l->context_status(context) == 0)
    pixels = straight_pixels(l, surface, width, height);
  l->context_destroy(context);
  l->surface_destroy(surface);
  return pixels;
}

typedef struct {
  void *handle;
  rsvg_rectangle place;
} svg_drawing;

static int draw_svg(cad_libraries *l, void *context, void *what) {
  svg_drawing *drawing = what;
  g_error *error = NULL;
  int result = l->rsvg_render(drawing->handle, context, &drawing->place, &error);
  if (error != NULL) l->g_error_free(error);
  return result;
}

uint8_t *cad_svg(cad_libraries *l, const uint8_t *bytes, size_t length, int side, int *width, int *height) {
  g_error *error = NULL;
  void *handle = l->rsvg_new(bytes, length, &error);
  if (error != NULL) l->g_error_free(error);
  if (handle == NULL) return NULL;
  double across = 0, down = 0;
  if (!l->rsvg_size(handle, &across, &down)) {
    // Without a size the box of the view says the proportions.
    int has_width, has_height, has_box = 0;
    rsvg_rectangle box = {0};
    double unused[4];
    double others[4];
    l->rsvg_dimensions(handle, &has_width, unused, &has_height, others, &has_box, &box);
    across = has_box ? box.width : 0;
    down = has_box ? box.height : 0;
  }
  uint8_t *pixels = NULL;
  if (across > 0 && down > 0 && across < 1e6 && down < 1e6) {
    double scale = side / (across > down ? across : down);
    *width = (int)(across * scale + 0.5);
    *height = (int)(down * scale + 0.5);
    if (*width > 0 && *height > 0) {
      svg_drawing drawing = {handle, {0, 0, *width, *height}};
      pixels = drawn(l, *width, *height, draw_svg, &drawing);
    }
  }
  l->g_object_unref(handle);
  return pixels;
}

typedef struct {
  void *font;
  const char *text;
  int margin;
  int measured;
  pango_rectangle ink;
  int baseline;
} text_drawing;

static int draw_text(cad_libraries *l, void *context, void *what) {
  text_drawing *drawing = what;
  void *layout = l->layout_create(context);
  void *attributes = l->attributes_create();
  // A character that the face lacks must not come from another face.
  l->attributes_insert(attributes, l->fallback_attribute(0));
  l->layout_set_attributes(layout, attributes);
  l->attributes_release(attributes);
  l->layout_set_font(layout, drawing->font);
  l->layout_set_text(layout, drawing->text, -1);
  int is_complete = l->layout_unknown(layout) == 0;
  if (drawing->measured) {
    l->move_to(context, drawing->margin - drawing->ink.x, drawing->margin - drawing->ink.y);
    l->layout_show(context, layout);
  } else {
    pango_rectangle logical;
    l->layout_extents(layout, &drawing->ink, &logical);
    drawing->baseline = l->layout_baseline(layout) / 1024;
  }
  l->g_object_unref(layout);
  return is_complete;
}

uint8_t *cad_text(
    cad_libraries *l, const char *face, int em, const char *text, int margin, int *width, int *height, int *baseline) {
  text_drawing drawing = {.text = text, .margin = margin};
  drawing.font = l->font_from_string(face);
  if (drawing.font == NULL) return NULL;
  l->font_set_size(drawing.font, em * 1024.0);
  uint8_t *pixels = drawn(l, 1, 1, draw_text, &drawing);
  int is_complete = pixels != NULL;
  free(pixels);
  pixels = NULL;
  if (is_complete && drawing.ink.width > 0 && drawing.ink.height > 0 && drawing.ink.width < 8192 &&
      drawing.ink.height < 8192) {
    drawing.measured = 1;
    *width = drawing.ink.width + 2 * margin;
    *height = drawing.ink.height + 2 * margin;
    *baseline = drawing.baseline - drawing.ink.y + margin;
    pixels = drawn(l, *width, *height, draw_text, &drawing);
  }
  l->font_free(drawing.font);
  return pixels;
}
