#include "notes.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

ci_notes *ci_notes_make(size_t metadata_limit) {
  ci_notes *notes = calloc(1, sizeof *notes);
  if (notes == NULL) return NULL;
  notes->offset = -1;
  notes->metadata_limit = metadata_limit;
  return notes;
}

void ci_notes_free(ci_notes *notes) {
  if (notes == NULL) return;
  free(notes->profile);
  free(notes->exif);
  free(notes);
}

const char *ci_notes_error(const ci_notes *notes) { return notes->error; }
int64_t ci_notes_offset(const ci_notes *notes) { return notes->offset; }
const char *ci_notes_warning(const ci_notes *notes) { return notes->warning; }

const uint8_t *ci_notes_profile(const ci_notes *notes, size_t *length) {
  *length = notes->profile_length;
  return notes->profile;
}

const uint8_t *ci_notes_exif(const ci_notes *notes, size_t *length) {
  *length = notes->exif_length;
  return notes->exif;
}

void ci_bytes_free(uint8_t *bytes) { free(bytes); }

// Copies printable ASCII; anything else, which may come from the file, becomes a question mark.
static void copy_text(char *target, const char *text) {
  if (target[0] != 0) return;
  size_t count = 0;
  for (; text[count] != 0 && count < TEXT_CAPACITY - 1; count++)
    target[count] = text[count] >= 32 && text[count] < 127 ? text[count] : '?';
  target[count] = 0;
}

void note_error(ci_notes *notes, const char *text) { copy_text(notes->error, text); }
void note_warning(ci_notes *notes, const char *text) { copy_text(notes->warning, text); }

static void copy_piece(
    ci_notes *notes, const char *name, uint8_t **target, size_t *target_length, const uint8_t *bytes, size_t length) {
  if (bytes == NULL || length == 0 || *target != NULL) return;
  if (length > notes->metadata_limit) {
    char text[TEXT_CAPACITY];
    snprintf(text, sizeof text, "%s of %zu bytes ignored, the limit is %zu", name, length, notes->metadata_limit);
    note_warning(notes, text);
    return;
  }
  uint8_t *copy = malloc(length);
  if (copy == NULL) return;
  memcpy(copy, bytes, length);
  *target = copy;
  *target_length = length;
}

void note_profile(ci_notes *notes, const uint8_t *bytes, size_t length) {
  copy_piece(notes, "ICC profile", &notes->profile, &notes->profile_length, bytes, length);
}

void note_exif(ci_notes *notes, const uint8_t *bytes, size_t length) {
  copy_piece(notes, "EXIF", &notes->exif, &notes->exif_length, bytes, length);
}
