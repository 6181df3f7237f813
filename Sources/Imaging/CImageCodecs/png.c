#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

#include "notes.h"

// One run of libpng. What happens between setjmp and longjmp lives here, so that cleaning up can see it.
typedef struct {
  jmp_buf escape;
  png_structp png;
  png_infop info;
  ci_notes *notes;
  // Reading
  const uint8_t *bytes;
  size_t length;
  size_t offset;
  // Writing
  uint8_t *output;
  size_t output_length;
  size_t output_capacity;
} png_run;

static void on_error(png_structp png, png_const_charp text) {
  png_run *run = png_get_error_ptr(png);
  note_error(run->notes, text);
  longjmp(run->escape, 1);
}

// libpng only warns of image data with a wrong checksum or a surplus; a picture of such data is not trusted here.
static void on_warning(png_structp png, png_const_charp text) {
  if (strncmp(text, "IDAT", 4) == 0) on_error(png, text);
  png_run *run = png_get_error_ptr(png);
  note_warning(run->notes, text);
}

static void give_bytes(png_structp png, png_bytep target, size_t count) {
  png_run *run = png_get_io_ptr(png);
  if (count > run->length - run->offset) png_error(png, "the file ends too early");
  memcpy(target, run->bytes + run->offset, count);
  run->offset += count;
}

// More than one row of the widest picture that is decoded: 2^20 pixels of 8 bytes.
#define LONGEST_ROW ((size_t)1 << 24)

// libpng asks for the length that an eXIf chunk declares before it reads a byte of it.
static png_voidp allocate(png_structp png, png_alloc_size_t size) {
  png_run *run = png_get_mem_ptr(png);
  return size > run->notes->metadata_limit + LONGEST_ROW ? NULL : malloc(size);
}

static void release(png_structp png, png_voidp memory) {
  (void)png;
  free(memory);
}

// Chunks that say nothing about the pixels are skipped unread, however large they are.
static const png_byte skipped_chunks[] =
    "bKGD\0cHRM\0gAMA\0hIST\0iTXt\0oFFs\0pCAL\0pHYs\0sBIT\0sCAL\0sPLT\0sTER\0tEXt\0tIME\0zTXt";

static void start_reading(png_run *run) {
  run->png = png_create_read_struct_2(
      PNG_LIBPNG_VER_STRING, run, on_error, on_warning, run, allocate, release);
  run->info = run->png == NULL ? NULL : png_create_info_struct(run->png);
  if (run->info == NULL) {
    note_error(run->notes, "out of memory");
    longjmp(run->escape, 1);
  }
  png_set_read_fn(run->png, run, give_bytes);
  png_set_user_limits(run->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_chunk_malloc_max(run->png, run->notes->metadata_limit);
  png_set_chunk_cache_max(run->png, 128);
  png_set_keep_unknown_chunks(run->png, PNG_HANDLE_CHUNK_NEVER, NULL, 0);
  png_set_keep_unknown_chunks(
      run->png, PNG_HANDLE_CHUNK_NEVER, skipped_chunks, (int)(sizeof skipped_chunks / 5));
  png_read_info(run->png, run->info);
}

static void read_header(png_run *run, ci_header *header) {
  start_reading(run);
  int colour_type = png_get_color_type(run->png, run->info);
  int has_transparent_colour = png_get_valid(run->png, run->info, PNG_INFO_tRNS) != 0;
  header->width = png_get_image_width(run->png, run->info);
  header->height = png_get_image_height(run->png, run->info);
  header->colour = colour_type & PNG_COLOR_MASK_COLOR ? CI_RGB : CI_GREY;
  header->has_alpha = (colour_type & PNG_COLOR_MASK_ALPHA) != 0 || has_transparent_colour;
  header->frames = 1;
}

static void note_metadata(png_run *run) {
  png_charp name;
  int compression;
  png_bytep profile;
  png_uint_32 profile_length;
  if (png_get_iCCP(run->png, run->info, &name, &compression, &profile, &profile_length))
    note_profile(run->notes, profile, profile_length);
  png_bytep exif;
  png_uint_32 exif_length;
  if (png_get_eXIf_1(run->png, run->info, &exif_length, &exif)) note_exif(run->notes, exif, exif_length);
}

static void read_pixels(png_run *run, const ci_header *header, uint8_t *pixels) {
  start_reading(run);
  png_set_expand(run->png);
  png_set_scale_16(run->png);
  png_set_gray_to_rgb(run->png);
  png_set_add_alpha(run->png, 255, PNG_FILLER_AFTER);
  int passes = png_set_interlace_handling(run->png);
  png_read_update_info(run->png, run->info);
  size_t row_length = (size_t)header->width * 4;
  if (png_get_image_width(run->png, run->info) != header->width ||
      png_get_image_height(run->png, run->info) != header->height ||
      png_get_rowbytes(run->png, run->info) != row_length)
    png_error(run->png, "the rows do not fit the header");
  for (int pass = 0; pass < passes; pass++)
    for (uint32_t y = 0; y < header->height; y++) png_read_row(run->png, pixels + y * row_length, NULL);
  png_read_end(run->png, run->info);
  note_metadata(run);
}

static int finish_reading(png_run *run, int result) {
  if (!result) run->notes->offset = (int64_t)run->offset;
  png_destroy_read_struct(&run->png, &run->info, NULL);
  return result;
}

int ci_png_read_header(const uint8_t *bytes, size_t length, ci_header *header, ci_notes *notes) {
  png_run run = {.notes = notes, .bytes = bytes, .length = length};
  if (setjmp(run.escape)) return finish_reading(&run, 0);
  read_header(&run, header);
  return finish_reading(&run, 1);
}

int ci_png_read_pixels(const uint8_t *bytes, size_t length, const ci_header *header, uint8_t *pixels, ci_notes *notes) {
  png_run run = {.notes = notes, .bytes = bytes, .length = length};
  if (setjmp(run.escape)) return finish_reading(&run, 0);
  read_pixels(&run, header, pixels);
  return finish_reading(&run, 1);
}

static void take_bytes(png_structp png, png_bytep bytes, size_t count) {
  png_run *run = png_get_io_ptr(png);
  if (count > run->output_capacity - run->output_length) {
    size_t needed = run->output_length + count;
    size_t capacity = needed > SIZE_MAX / 2 ? needed : needed * 2;
    uint8_t *output = realloc(run->output, capacity);
    if (output == NULL) png_error(png, "out of memory");
    run->output = output;
    run->output_capacity = capacity;
  }
  memcpy(run->output + run->output_length, bytes, count);
  run->output_length += count;
}

static void flush_nothing(png_structp png) { (void)png; }

// Rows come with four bytes a pixel; without alpha the fourth is left out.
static void start_writing(
    png_run *run, void *target, png_rw_ptr take, uint32_t width, uint32_t height, int has_alpha, int is_quick) {
  run->png = png_create_write_struct(PNG_LIBPNG_VER_STRING, run, on_error, on_warning);
  run->info = run->png == NULL ? NULL : png_create_info_struct(run->png);
  if (run->info == NULL) {
    note_error(run->notes, "out of memory");
    longjmp(run->escape, 1);
  }
  png_set_write_fn(run->png, target, take, flush_nothing);
  if (is_quick) {
    png_set_compression_level(run->png, 1);
    png_set_filter(run->png, 0, PNG_FILTER_SUB);
  }
  png_set_user_limits(run->png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_IHDR(
      run->png, run->info, width, height, 8, has_alpha ? PNG_COLOR_TYPE_RGB_ALPHA : PNG_COLOR_TYPE_RGB,
      PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_sRGB(run->png, run->info, PNG_sRGB_INTENT_PERCEPTUAL);
  png_write_info(run->png, run->info);
  if (!has_alpha) png_set_filler(run->png, 0, PNG_FILLER_AFTER);
}

uint8_t *ci_png_write(
    const uint8_t *pixels, uint32_t width, uint32_t height, int has_alpha, int is_quick, size_t *length,
    ci_notes *notes) {
  png_run run = {.notes = notes};
  if (setjmp(run.escape)) {
    png_destroy_write_struct(&run.png, &run.info);
    free(run.output);
    return NULL;
  }
  start_writing(&run, &run, take_bytes, width, height, has_alpha, is_quick);
  for (uint32_t y = 0; y < height; y++) png_write_row(run.png, pixels + (size_t)y * width * 4);
  png_write_end(run.png, NULL);
  png_destroy_write_struct(&run.png, &run.info);
  *length = run.output_length;
  return run.output;
}

struct ci_png_writer {
  png_run run;
  ci_sink sink;
  void *context;
  uint32_t width;
  uint32_t rows_left;
};

static void pass_on_bytes(png_structp png, png_bytep bytes, size_t count) {
  ci_png_writer *writer = png_get_io_ptr(png);
  if (!writer->sink(writer->context, bytes, count)) png_error(png, "the bytes cannot be written");
}

ci_png_writer *ci_png_writer_make(uint32_t width, uint32_t height, ci_sink sink, void *context, ci_notes *notes) {
  ci_png_writer *writer = calloc(1, sizeof *writer);
  if (writer == NULL) {
    note_error(notes, "out of memory");
    return NULL;
  }
  writer->run.notes = notes;
  writer->sink = sink;
  writer->context = context;
  writer->width = width;
  writer->rows_left = height;
  if (setjmp(writer->run.escape)) {
    ci_png_writer_free(writer);
    return NULL;
  }
  start_writing(&writer->run, writer, pass_on_bytes, width, height, 1, 0);
  return writer;
}

int ci_png_writer_append(ci_png_writer *writer, const uint8_t *pixels, uint32_t row_count) {
  if (setjmp(writer->run.escape)) return 0;
  if (row_count > writer->rows_left) png_error(writer->run.png, "too many rows");
  for (uint32_t y = 0; y < row_count; y++) {
    png_write_row(writer->run.png, pixels + (size_t)y * writer->width * 4);
    writer->rows_left--;
  }
  return 1;
}

int ci_png_writer_finish(ci_png_writer *writer) {
  if (setjmp(writer->run.escape)) return 0;
  if (writer->rows_left > 0) png_error(writer->run.png, "too few rows");
  png_write_end(writer->run.png, NULL);
  return 1;
}

void ci_png_writer_free(ci_png_writer *writer) {
  if (writer == NULL) return;
  png_destroy_write_struct(&writer->run.png, &writer->run.info);
  free(writer);
}
