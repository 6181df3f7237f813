#include <stdlib.h>
#include <string.h>

#include <webp/decode.h>
#include <webp/demux.h>
#include <webp/encode.h>

#include "notes.h"

// A container with all its chunks and one frame, checked for completeness by the library.
static WebPDemuxer *open_container(const uint8_t *bytes, size_t length, ci_notes *notes) {
  WebPData data = {.bytes = bytes, .size = length};
  WebPDemuxState state;
  WebPDemuxer *container = WebPDemuxPartial(&data, &state);
  if (container != NULL && state == WEBP_DEMUX_DONE) return container;
  note_error(notes, container != NULL ? "the file ends too early" : "the container is damaged");
  WebPDemuxDelete(container);
  return NULL;
}

int ci_webp_read_header(const uint8_t *bytes, size_t length, ci_header *header, ci_notes *notes) {
  WebPDemuxer *container = open_container(bytes, length, notes);
  if (container == NULL) return 0;
  header->width = WebPDemuxGetI(container, WEBP_FF_CANVAS_WIDTH);
  header->height = WebPDemuxGetI(container, WEBP_FF_CANVAS_HEIGHT);
  header->frames = (int32_t)WebPDemuxGetI(container, WEBP_FF_FRAME_COUNT);
  header->colour = CI_RGB;
  WebPIterator frame;
  int result = WebPDemuxGetFrame(container, 1, &frame);
  if (result) {
    int fills = frame.width == (int)header->width && frame.height == (int)header->height;
    header->has_alpha = frame.has_alpha || !fills;
    WebPDemuxReleaseIterator(&frame);
  } else {
    note_error(notes, "the file holds no picture");
  }
  WebPDemuxDelete(container);
  return result;
}

// Decodes the first frame into its place; what it leaves of the canvas is transparent.
static int read_frame(const WebPIterator *frame, const ci_header *header, uint8_t *pixels, ci_notes *notes) {
  if (frame->x_offset < 0 || frame->y_offset < 0 || frame->width < 1 || frame->height < 1 ||
      (uint64_t)frame->x_offset + (uint64_t)frame->width > header->width ||
      (uint64_t)frame->y_offset + (uint64_t)frame->height > header->height) {
    note_error(notes, "the frame does not fit the canvas");
    return 0;
  }
  int width, height;
  if (!WebPGetInfo(frame->fragment.bytes, frame->fragment.size, &width, &height) || width != frame->width ||
      height != frame->height) {
    note_error(notes, "the picture data does not have the size of its frame");
    return 0;
  }
  size_t row_length = (size_t)header->width * 4;
  size_t canvas_length = row_length * header->height;
  size_t start = (size_t)frame->y_offset * row_length + (size_t)frame->x_offset * 4;
  memset(pixels, 0, canvas_length);
  if (WebPDecodeRGBAInto(
          frame->fragment.bytes, frame->fragment.size, pixels + start, canvas_length - start, (int)row_length) != NULL)
    return 1;
  note_error(notes, "the picture data is damaged");
  return 0;
}

static void note_chunk(
    const WebPDemuxer *container, const char name[4], ci_notes *notes,
    void (*note)(ci_notes *, const uint8_t *, size_t)) {
  WebPChunkIterator chunk;
  if (!WebPDemuxGetChunk(container, name, 1, &chunk)) return;
  note(notes, chunk.chunk.bytes, chunk.chunk.size);
  WebPDemuxReleaseChunkIterator(&chunk);
}

int ci_webp_read_pixels(
    const uint8_t *bytes, size_t length, const ci_header *header, uint8_t *pixels, ci_notes *notes) {
  WebPDemuxer *container = open_container(bytes, length, notes);
  if (container == NULL) return 0;
  WebPIterator frame;
  int result = WebPDemuxGetFrame(container, 1, &frame);
  if (result) {
    result = read_frame(&frame, header, pixels, notes);
    WebPDemuxReleaseIterator(&frame);
  } else {
    note_error(notes, "the file holds no picture");
  }
  note_chunk(container, "ICCP", notes, note_profile);
  note_chunk(container, "EXIF", notes, note_exif);
  WebPDemuxDelete(container);
  return result;
}

uint8_t *ci_webp_write(
    const uint8_t *pixels, uint32_t width, uint32_t height, int lossless, float quality, size_t *length,
    ci_notes *notes) {
  WebPConfig config;
  WebPPicture picture;
  if (width > WEBP_MAX_DIMENSION || height > WEBP_MAX_DIMENSION || !WebPConfigInit(&config) ||
      !WebPPictureInit(&picture)) {
    note_error(notes, "the picture is too large");
    return NULL;
  }
  config.lossless = lossless;
  config.quality = quality;
  config.exact = 1;  // colours under alpha 0 stay
  picture.width = (int)width;
  picture.height = (int)height;
  picture.use_argb = lossless;
  WebPMemoryWriter writer;
  WebPMemoryWriterInit(&writer);
  picture.writer = WebPMemoryWrite;
  picture.custom_ptr = &writer;
  int result = WebPPictureImportRGBA(&picture, pixels, (int)width * 4) && WebPEncode(&config, &picture);
  if (!result) note_error(notes, picture.error_code == VP8_ENC_ERROR_OUT_OF_MEMORY ? "out of memory" : "not encoded");
  WebPPictureFree(&picture);
  if (!result) {
    WebPMemoryWriterClear(&writer);
    return NULL;
  }
  *length = writer.size;
  return writer.mem;
}
