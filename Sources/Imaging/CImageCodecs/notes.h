// The inside of `ci_notes`, for the files of this target alone.
#pragma once

#include "cimagecodecs.h"

#define TEXT_CAPACITY 200

struct ci_notes {
  char error[TEXT_CAPACITY];
  char warning[TEXT_CAPACITY];
  int64_t offset;
  size_t metadata_limit;
  uint8_t *profile;
  size_t profile_length;
  uint8_t *exif;
  size_t exif_length;
};

// The first text stays: what follows an error or a warning is mostly its echo.
void note_error(ci_notes *notes, const char *text);
void note_warning(ci_notes *notes, const char *text);

// Copy side pieces; one that is empty or there already is left out, one above the limit gives a warning.
void note_profile(ci_notes *notes, const uint8_t *bytes, size_t length);
void note_exif(ci_notes *notes, const uint8_t *bytes, size_t length);
