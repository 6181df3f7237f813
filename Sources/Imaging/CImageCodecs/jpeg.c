#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

#include <jerror.h>

#include "notes.h"

// A progressive picture has about ten scans; each costs a walk over all pixels, however few bytes it has.
#define MAXIMUM_SCANS 100

// One run of libjpeg; `common` is the first field of both halves' error manager, as the library wants it.
typedef struct {
  struct jpeg_error_mgr manager;
  jmp_buf escape;
  ci_notes *notes;
} jpeg_errors;

typedef struct {
  jpeg_errors errors;
  struct jpeg_decompress_struct codec;
  struct jpeg_progress_mgr progress;
  size_t length;
  JOCTET *profile;
} jpeg_reading;

static void on_error(j_common_ptr codec) {
  jpeg_errors *errors = (jpeg_errors *)codec->err;
  char text[JMSG_LENGTH_MAX];
  codec->err->format_message(codec, text);
  note_error(errors->notes, text);
  longjmp(errors->escape, 1);
}

// The library only warns of damaged data and fills up with grey. Here that is an error, except for complaints that
// leave every pixel decoded.
static void on_message(j_common_ptr codec, int level) {
  if (level >= 0) return;
  switch (codec->err->msg_code) {
    case JWRN_ADOBE_XFORM:
    case JWRN_BOGUS_ICC:
    case JWRN_EXTRANEOUS_DATA:
    case JWRN_JFIF_MAJOR: {
      char text[JMSG_LENGTH_MAX];
      codec->err->format_message(codec, text);
      note_warning(((jpeg_errors *)codec->err)->notes, text);
      break;
    }
    default: on_error(codec);
  }
}

static void print_nothing(j_common_ptr codec) { (void)codec; }

static struct jpeg_error_mgr *prepare(jpeg_errors *errors, ci_notes *notes) {
  errors->notes = notes;
  struct jpeg_error_mgr *manager = jpeg_std_error(&errors->manager);
  manager->error_exit = on_error;
  manager->emit_message = on_message;
  manager->output_message = print_nothing;
  return manager;
}

static void count_scans(j_common_ptr codec) {
  if (!codec->is_decompressor) return;
  if (((j_decompress_ptr)codec)->input_scan_number <= MAXIMUM_SCANS) return;
  note_error(((jpeg_errors *)codec->err)->notes, "too many scans");
  longjmp(((jpeg_errors *)codec->err)->escape, 1);
}

static void start_reading(jpeg_reading *run, const uint8_t *bytes) {
  jpeg_create_decompress(&run->codec);
  run->progress.progress_monitor = count_scans;
  run->codec.progress = &run->progress;
  jpeg_mem_src(&run->codec, bytes, run->length);
  jpeg_save_markers(&run->codec, JPEG_APP0 + 1, 0xFFFF);
  jpeg_save_markers(&run->codec, JPEG_APP0 + 2, 0xFFFF);
  jpeg_read_header(&run->codec, TRUE);
}

static void read_header(jpeg_reading *run, const uint8_t *bytes, ci_header *header) {
  start_reading(run, bytes);
  header->width = run->codec.image_width;
  header->height = run->codec.image_height;
  header->has_alpha = 0;
  header->frames = 1;
  switch (run->codec.jpeg_color_space) {
    case JCS_GRAYSCALE: header->colour = CI_GREY; break;
    case JCS_CMYK:
    case JCS_YCCK: header->colour = CI_CMYK; break;
    default: header->colour = CI_RGB;
  }
}

// The EXIF block is an APP1 segment that begins with "Exif" and two zeros.
static void note_metadata(jpeg_reading *run, ci_notes *notes) {
  for (jpeg_saved_marker_ptr marker = run->codec.marker_list; marker != NULL; marker = marker->next)
    if (marker->marker == JPEG_APP0 + 1 && marker->data_length > 6 && memcmp(marker->data, "Exif\0\0", 6) == 0)
      note_exif(notes, marker->data + 6, marker->data_length - 6);
  unsigned int profile_length = 0;
  if (jpeg_read_icc_profile(&run->codec, &run->profile, &profile_length))
    note_profile(notes, run->profile, profile_length);
}

static void read_pixels(jpeg_reading *run, const uint8_t *bytes, const ci_header *header, uint8_t *pixels) {
  start_reading(run, bytes);
  note_metadata(run, run->errors.notes);
  run->codec.out_color_space = header->colour == CI_CMYK ? JCS_CMYK : JCS_EXT_RGBA;
  jpeg_start_decompress(&run->codec);
  if (run->codec.output_width != header->width || run->codec.output_height != header->height ||
      run->codec.output_components != 4) {
    note_error(run->errors.notes, "the rows do not fit the header");
    longjmp(run->errors.escape, 1);
  }
  while (run->codec.output_scanline < run->codec.output_height) {
    JSAMPROW row = pixels + (size_t)run->codec.output_scanline * header->width * 4;
    jpeg_read_scanlines(&run->codec, &row, 1);
  }
  jpeg_finish_decompress(&run->codec);
}

static int finish_reading(jpeg_reading *run, int result) {
  if (!result && run->codec.src != NULL && run->codec.src->bytes_in_buffer <= run->length)
    run->errors.notes->offset = (int64_t)(run->length - run->codec.src->bytes_in_buffer);
  free(run->profile);
  jpeg_destroy_decompress(&run->codec);
  return result;
}

int ci_jpeg_read_header(const uint8_t *bytes, size_t length, ci_header *header, ci_notes *notes) {
  jpeg_reading run = {.length = length};
  run.codec.err = prepare(&run.errors, notes);
  if (setjmp(run.errors.escape)) return finish_reading(&run, 0);
  read_header(&run, bytes, header);
  return finish_reading(&run, 1);
}

int ci_jpeg_read_pixels(
    const uint8_t *bytes, size_t length, const ci_header *header, uint8_t *pixels, ci_notes *notes) {
  jpeg_reading run = {.length = length};
  run.codec.err = prepare(&run.errors, notes);
  if (setjmp(run.errors.escape)) return finish_reading(&run, 0);
  read_pixels(&run, bytes, header, pixels);
  return finish_reading(&run, 1);
}

typedef struct {
  jpeg_errors errors;
  struct jpeg_compress_struct codec;
  unsigned char *output;
  unsigned long output_length;
} jpeg_writing;

static void write_picture(
    jpeg_writing *run, const uint8_t *pixels, uint32_t width, uint32_t height, int quality, int chroma_step) {
  jpeg_create_compress(&run->codec);
  jpeg_mem_dest(&run->codec, &run->output, &run->output_length);
  run->codec.image_width = width;
  run->codec.image_height = height;
  run->codec.input_components = 4;
  run->codec.in_color_space = JCS_EXT_RGBX;
  jpeg_set_defaults(&run->codec);
  jpeg_set_quality(&run->codec, quality, TRUE);
  run->codec.comp_info[0].h_samp_factor = chroma_step;
  run->codec.comp_info[0].v_samp_factor = chroma_step;
  jpeg_start_compress(&run->codec, TRUE);
  while (run->codec.next_scanline < height) {
    JSAMPROW row = (JSAMPROW)(pixels + (size_t)run->codec.next_scanline * width * 4);
    jpeg_write_scanlines(&run->codec, &row, 1);
  }
  jpeg_finish_compress(&run->codec);
}

uint8_t *ci_jpeg_write(
    const uint8_t *pixels, uint32_t width, uint32_t height, int quality, int chroma_step, size_t *length,
    ci_notes *notes) {
  jpeg_writing run = {.output = NULL};
  run.codec.err = prepare(&run.errors, notes);
  if (setjmp(run.errors.escape)) {
    jpeg_destroy_compress(&run.codec);
    free(run.output);
    return NULL;
  }
  write_picture(&run, pixels, width, height, quality, chroma_step);
  jpeg_destroy_compress(&run.codec);
  *length = run.output_length;
  return run.output;
}
