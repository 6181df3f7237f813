#include <lcms2.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "notes.h"

static void on_error(cmsContext context, cmsUInt32Number code, const char *text) {
  (void)code;
  ci_notes **place = cmsGetContextUserData(context);
  if (*place != NULL) note_warning(*place, text);
}

#define CMYK_IN(flavor) (COLORSPACE_SH(PT_CMYK) | CHANNELS_SH(4) | BYTES_SH(1) | FLAVOR_SH(flavor))

// The layout of the stored pixels in the words of Little CMS, 0 where the profile is for other colours. A grey picture
// is RGBA already: its grey is the first of four bytes.
static cmsUInt32Number input_layout(cmsColorSpaceSignature space, int colour, int inverted) {
  if (space == cmsSigCmykData) return colour == CI_CMYK ? CMYK_IN(inverted ? 1 : 0) : 0;
  if (colour == CI_CMYK) return 0;
  if (space == cmsSigRgbData) return TYPE_RGBA_8;
  if (space == cmsSigGrayData && colour == CI_GREY)
    return COLORSPACE_SH(PT_GRAY) | CHANNELS_SH(1) | EXTRA_SH(3) | BYTES_SH(1);
  return 0;
}

// Whether a transform leaves colours where they are, give or take one level: tried on a grid of 17 steps a side, for
// grey on its diagonal.
static int changes_nothing(cmsHTRANSFORM transform, int is_grey) {
  for (int red = 0; red <= 16; red++)
    for (int green = 0; green <= 16; green++)
      for (int blue = 0; blue <= 16; blue++) {
        if (is_grey && (green != red || blue != red)) continue;
        uint8_t before[4] = {(uint8_t)(red * 255 / 16), (uint8_t)(green * 255 / 16), (uint8_t)(blue * 255 / 16), 255};
        uint8_t after[4] = {0, 0, 0, 255};
        cmsDoTransform(transform, before, after, 1);
        for (int channel = 0; channel < 3; channel++)
          if (abs(before[channel] - after[channel]) > 1) return 0;
      }
  return 1;
}

enum { STRETCH = 1 << 14, REMEMBERED_BITS = 12 };

// Colours that were converted already: pictures repeat theirs, and looking one up takes a tenth of the time.
typedef struct {
  // The colour before, with the bit above it set where there is one, and after.
  uint32_t before[1 << REMEMBERED_BITS], after[1 << REMEMBERED_BITS];
  // The pixels of a stretch whose colour was not known, and the place of that colour among the fresh ones.
  uint32_t pixels[STRETCH], places[STRETCH];
  uint8_t fresh[STRETCH * 4];
} colour_memory;

// The first three bytes of a pixel as one number, and the place where it is remembered.
static uint32_t colour_at(const uint8_t *pixel) { return pixel[0] | pixel[1] << 8 | (uint32_t)pixel[2] << 16; }
static uint32_t slot_of(uint32_t colour) { return (colour * 0x9E3779B1u) >> (32 - REMEMBERED_BITS); }

static void set_colour(uint8_t *pixel, uint32_t colour) {
  pixel[0] = (uint8_t)colour;
  pixel[1] = (uint8_t)(colour >> 8);
  pixel[2] = (uint8_t)(colour >> 16);
}

// Converts the colours of a stretch of RGBA in place; what they become depends on nothing but themselves.
static void convert_remembering(cmsHTRANSFORM transform, colour_memory *memory, uint8_t *pixels, uint32_t count) {
  uint32_t unknown = 0, fresh = 0, last = UINT32_MAX;
  for (uint32_t pixel = 0; pixel < count; pixel++) {
    uint32_t colour = colour_at(pixels + pixel * 4), slot = slot_of(colour);
    if (memory->before[slot] == (colour | 1u << 24)) {
      set_colour(pixels + pixel * 4, memory->after[slot]);
      continue;
    }
    if (colour != last) memcpy(memory->fresh + fresh++ * 4, pixels + pixel * 4, 4);
    last = colour;
    memory->pixels[unknown] = pixel;
    memory->places[unknown++] = fresh - 1;
  }
  if (fresh > 0) cmsDoTransform(transform, memory->fresh, memory->fresh, fresh);
  for (uint32_t index = 0; index < unknown; index++) {
    uint8_t *pixel = pixels + memory->pixels[index] * 4;
    uint32_t colour = colour_at(pixel), slot = slot_of(colour);
    memory->before[slot] = colour | 1u << 24;
    memory->after[slot] = colour_at(memory->fresh + memory->places[index] * 4);
    set_colour(pixel, memory->after[slot]);
  }
}

static void convert(cmsHTRANSFORM transform, uint8_t *pixels, size_t pixel_count, int has_inks, int is_back) {
  colour_memory *memory = has_inks || pixel_count < 256 ? NULL : calloc(1, sizeof *memory);
  for (size_t first = 0; first < pixel_count; first += STRETCH) {
    uint32_t count = (uint32_t)(pixel_count - first < STRETCH ? pixel_count - first : STRETCH);
    if (memory == NULL)
      cmsDoTransform(transform, pixels + first * 4, pixels + first * 4, count);
    else
      convert_remembering(transform, memory, pixels + first * 4, count);
  }
  free(memory);
  if (has_inks && !is_back)
    for (size_t pixel = 0; pixel < pixel_count; pixel++) pixels[pixel * 4 + 3] = 255;
}

// A transform between a profile and sRGB, kept for the next picture with the same profile: making one takes as long as
// converting millions of pixels.
typedef struct {
  uint8_t *profile;
  size_t length;
  int colour, inverted, is_back;
  cmsContext context;
  cmsHTRANSFORM transform;
  // Whether the profile's colours are sRGB's, so that nothing is to be done.
  int is_srgb;
  cmsColorSpaceSignature space;
  // How many are at work with it; only one that nobody uses is replaced.
  int users;
  unsigned long last_use;
} kept_transform;

enum { KEPT = 16 };
static kept_transform kept[KEPT];
static unsigned long uses;
static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;

static void forget(kept_transform *entry) {
  if (entry->transform != NULL) cmsDeleteTransform(entry->transform);
  if (entry->context != NULL) cmsDeleteContext(entry->context);
  free(entry->profile);
  memset(entry, 0, sizeof *entry);
}

static const char *make_between(kept_transform *entry, cmsHPROFILE opened) {
  entry->space = cmsGetColorSpace(opened);
  cmsUInt32Number layout = input_layout(entry->space, entry->colour, entry->inverted);
  cmsHPROFILE srgb = layout == 0 ? NULL : cmsCreate_sRGBProfileTHR(entry->context);
  if (srgb == NULL) return "it is for other colours than the picture's";
  const char *fault = NULL;
  if (entry->colour != CI_CMYK || !entry->is_back) {
    entry->transform =
        cmsCreateTransformTHR(entry->context, opened, layout, srgb, TYPE_RGBA_8, INTENT_PERCEPTUAL, 0);
    if (entry->transform == NULL) fault = "no transform can be made of it";
  }
  if (fault == NULL && entry->colour != CI_CMYK)
    entry->is_srgb = changes_nothing(entry->transform, entry->space == cmsSigGrayData);
  if (fault == NULL && entry->is_back && !entry->is_srgb) {
    if (entry->transform != NULL) cmsDeleteTransform(entry->transform);
    entry->transform =
        cmsCreateTransformTHR(entry->context, srgb, TYPE_RGBA_8, opened, layout, INTENT_PERCEPTUAL, 0);
    if (entry->transform == NULL) fault = "no transform can be made to it";
  }
  cmsCloseProfile(srgb);
  return fault;
}

// Makes the transform of an entry whose key is set; 0, or -1 after telling the fault.
static int make(kept_transform *entry, const uint8_t *profile, size_t length, ci_notes *notes) {
  // The context outlives the notes: what goes wrong later finds none.
  ci_notes **place = malloc(sizeof *place);
  if (place == NULL) return -1;
  *place = notes;
  const char *fault = NULL;
  entry->context = cmsCreateContext(NULL, place);
  if (entry->context != NULL) {
    cmsSetLogErrorHandlerTHR(entry->context, on_error);
    cmsHPROFILE opened = cmsOpenProfileFromMemTHR(entry->context, profile, (cmsUInt32Number)length);
    if (opened == NULL) {
      fault = "it cannot be read";
    } else {
      fault = make_between(entry, opened);
      cmsCloseProfile(opened);
    }
    cmsSetLogErrorHandlerTHR(entry->context, NULL);
  }
  free(place);
  if (fault != NULL && notes != NULL) note_warning(notes, fault);
  return entry->context == NULL || fault != NULL ? -1 : 0;
}

// The transform for these pixels, to be given back; `own` holds it where no kept one is free. NULL after a fault.
static kept_transform *borrow(
    const uint8_t *profile, size_t length, int colour, int inverted, int is_back, kept_transform *own,
    ci_notes *notes) {
  if (length > UINT32_MAX) return NULL;
  pthread_mutex_lock(&kept_lock);
  kept_transform *place = NULL;
  for (int index = 0; index < KEPT; index++) {
    kept_transform *entry = &kept[index];
    if (entry->profile != NULL && entry->length == length && entry->colour == colour &&
        entry->inverted == inverted && entry->is_back == is_back && memcmp(entry->profile, profile, length) == 0) {
      entry->users++;
      entry->last_use = ++uses;
      pthread_mutex_unlock(&kept_lock);
      return entry;
    }
    if (entry->users == 0 && (place == NULL || entry->last_use < place->last_use)) place = entry;
  }
  // Made under the lock, so that threads with pictures of one profile make one transform.
  uint8_t *copy = place == NULL ? NULL : malloc(length + 1);
  if (copy == NULL) {
    pthread_mutex_unlock(&kept_lock);
    place = own;
    memset(own, 0, sizeof *own);
  } else {
    forget(place);
    memcpy(copy, profile, length);
    place->profile = copy;
  }
  place->length = length;
  place->colour = colour;
  place->inverted = inverted;
  place->is_back = is_back;
  int result = make(place, profile, length, notes);
  if (result == 0) {
    place->users++;
    if (place != own) place->last_use = ++uses;
  } else {
    forget(place);
  }
  if (place != own) pthread_mutex_unlock(&kept_lock);
  return result == 0 ? place : NULL;
}

static void give_back(kept_transform *entry, kept_transform *own) {
  if (entry == own) {
    forget(own);
    return;
  }
  pthread_mutex_lock(&kept_lock);
  entry->users--;
  pthread_mutex_unlock(&kept_lock);
}

static int convert_by(
    uint8_t *pixels, size_t pixel_count, int colour, int inverted, int is_back, const uint8_t *profile,
    size_t profile_length, ci_notes *notes) {
  kept_transform own;
  kept_transform *entry = borrow(profile, profile_length, colour, inverted, is_back, &own, notes);
  if (entry == NULL) return -1;
  int result = !entry->is_srgb;
  if (result) convert(entry->transform, pixels, pixel_count, colour == CI_CMYK, is_back);
  give_back(entry, &own);
  return result;
}

int ci_convert_to_srgb(
    uint8_t *pixels, size_t pixel_count, int colour, int inverted, const uint8_t *profile, size_t profile_length,
    ci_notes *notes) {
  return convert_by(pixels, pixel_count, colour, inverted, 0, profile, profile_length, notes);
}

int ci_convert_from_srgb(
    uint8_t *pixels, size_t pixel_count, int colour, int inverted, const uint8_t *profile, size_t profile_length,
    ci_notes *notes) {
  return convert_by(pixels, pixel_count, colour, inverted, 1, profile, profile_length, notes);
}

// The date of a profile's making, 12 bytes from byte 24 on; that of Little CMS would be today.
static void set_date(uint8_t *profile, size_t length) {
  static const uint8_t date[12] = {0x07, 0xD0, 0, 1, 0, 1, 0, 0, 0, 0, 0, 0};
  if (length >= 36) memcpy(profile + 24, date, sizeof date);
}

// The bytes of a profile; NULL where memory is short.
static uint8_t *saved(cmsHPROFILE profile, size_t *length) {
  cmsUInt32Number count = 0;
  if (profile == NULL || !cmsSaveProfileToMem(profile, NULL, &count)) return NULL;
  uint8_t *bytes = malloc(count);
  if (bytes != NULL && !cmsSaveProfileToMem(profile, bytes, &count)) {
    free(bytes);
    return NULL;
  }
  if (bytes == NULL) return NULL;
  set_date(bytes, count);
  *length = count;
  return bytes;
}

uint8_t *ci_srgb_profile(size_t *length) {
  cmsContext context = cmsCreateContext(NULL, NULL);
  if (context == NULL) return NULL;
  cmsHPROFILE profile = cmsCreate_sRGBProfileTHR(context);
  uint8_t *bytes = saved(profile, length);
  if (profile != NULL) cmsCloseProfile(profile);
  cmsDeleteContext(context);
  return bytes;
}

// A profile of RGB whose neutral colours are those of a grey profile.
static uint8_t *rgb_profile_of_grey(cmsContext context, cmsHPROFILE grey, size_t *length) {
  cmsToneCurve *curve = cmsReadTag(grey, cmsSigGrayTRCTag);
  if (curve == NULL) return NULL;
  cmsCIExyY white = {0.3127, 0.3290, 1};
  cmsCIExyYTRIPLE primaries = {{0.64, 0.33, 1}, {0.30, 0.60, 1}, {0.15, 0.06, 1}};
  cmsToneCurve *curves[3] = {curve, curve, curve};
  cmsHPROFILE made = cmsCreateRGBProfileTHR(context, &white, &primaries, curves);
  uint8_t *bytes = saved(made, length);
  if (made != NULL) cmsCloseProfile(made);
  return bytes;
}

uint8_t *ci_rgb_profile(const uint8_t *profile, size_t profile_length, int colour, size_t *length) {
  kept_transform own;
  kept_transform *entry =
      colour == CI_CMYK ? NULL : borrow(profile, profile_length, colour, 0, 0, &own, NULL);
  if (entry == NULL) return NULL;
  int is_srgb = entry->is_srgb, is_grey = entry->space == cmsSigGrayData;
  give_back(entry, &own);
  if (is_srgb) return NULL;
  uint8_t *bytes = NULL;
  if (!is_grey) {
    bytes = malloc(profile_length);
    if (bytes == NULL) return NULL;
    memcpy(bytes, profile, profile_length);
    *length = profile_length;
    return bytes;
  }
  cmsContext context = cmsCreateContext(NULL, NULL);
  cmsHPROFILE opened =
      context == NULL ? NULL : cmsOpenProfileFromMemTHR(context, profile, (cmsUInt32Number)profile_length);
  if (opened != NULL) {
    bytes = rgb_profile_of_grey(context, opened, length);
    cmsCloseProfile(opened);
  }
  if (context != NULL) cmsDeleteContext(context);
  return bytes;
}
