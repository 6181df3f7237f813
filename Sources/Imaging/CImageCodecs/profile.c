#include <lcms2.h>
#include <stdlib.h>
#include <string.h>

#include "notes.h"

static void on_error(cmsContext context, cmsUInt32Number code, const char *text) {
  (void)code;
  note_warning(cmsGetContextUserData(context), text);
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

static void convert(cmsHTRANSFORM transform, uint8_t *pixels, size_t pixel_count, int is_cmyk) {
  const size_t stretch = 1 << 16;
  for (size_t first = 0; first < pixel_count; first += stretch) {
    size_t count = pixel_count - first < stretch ? pixel_count - first : stretch;
    cmsDoTransform(transform, pixels + first * 4, pixels + first * 4, (cmsUInt32Number)count);
  }
  if (is_cmyk)
    for (size_t pixel = 0; pixel < pixel_count; pixel++) pixels[pixel * 4 + 3] = 255;
}

static int convert_with(
    cmsContext context, cmsHPROFILE profile, uint8_t *pixels, size_t pixel_count, int colour, int inverted,
    ci_notes *notes) {
  cmsColorSpaceSignature space = cmsGetColorSpace(profile);
  cmsUInt32Number layout = input_layout(space, colour, inverted);
  if (layout == 0) {
    note_warning(notes, "it is for other colours than the picture's");
    return -1;
  }
  cmsHPROFILE srgb = cmsCreate_sRGBProfileTHR(context);
  cmsHTRANSFORM transform =
      srgb == NULL ? NULL
                   : cmsCreateTransformTHR(context, profile, layout, srgb, TYPE_RGBA_8, INTENT_PERCEPTUAL, 0);
  if (srgb != NULL) cmsCloseProfile(srgb);
  if (transform == NULL) {
    note_warning(notes, "no transform can be made of it");
    return -1;
  }
  int result = colour == CI_CMYK || !changes_nothing(transform, space == cmsSigGrayData);
  if (result) convert(transform, pixels, pixel_count, colour == CI_CMYK);
  cmsDeleteTransform(transform);
  return result;
}

int ci_convert_to_srgb(
    uint8_t *pixels, size_t pixel_count, int colour, int inverted, const uint8_t *profile, size_t profile_length,
    ci_notes *notes) {
  if (profile_length > UINT32_MAX) return -1;
  cmsContext context = cmsCreateContext(NULL, notes);
  if (context == NULL) return -1;
  cmsSetLogErrorHandlerTHR(context, on_error);
  int result = -1;
  cmsHPROFILE opened = cmsOpenProfileFromMemTHR(context, profile, (cmsUInt32Number)profile_length);
  if (opened != NULL) {
    result = convert_with(context, opened, pixels, pixel_count, colour, inverted, notes);
    cmsCloseProfile(opened);
  } else {
    note_warning(notes, "it cannot be read");
  }
  cmsDeleteContext(context);
  return result;
}

// sRGB to the colours of an opened profile; the other way round of `convert_with`, with its results.
static int convert_back_with(
    cmsContext context, cmsHPROFILE profile, uint8_t *pixels, size_t pixel_count, int colour, int inverted,
    ci_notes *notes) {
  cmsColorSpaceSignature space = cmsGetColorSpace(profile);
  cmsUInt32Number layout = input_layout(space, colour, inverted);
  cmsHPROFILE srgb = layout == 0 ? NULL : cmsCreate_sRGBProfileTHR(context);
  if (srgb == NULL) {
    note_warning(notes, "it is for other colours than the picture's");
    return -1;
  }
  int result = 1;
  if (colour != CI_CMYK) {
    cmsHTRANSFORM forth =
        cmsCreateTransformTHR(context, profile, layout, srgb, TYPE_RGBA_8, INTENT_PERCEPTUAL, 0);
    result = forth == NULL ? -1 : !changes_nothing(forth, space == cmsSigGrayData);
    if (forth != NULL) cmsDeleteTransform(forth);
  }
  cmsHTRANSFORM back =
      result == 1 ? cmsCreateTransformTHR(context, srgb, TYPE_RGBA_8, profile, layout, INTENT_PERCEPTUAL, 0) : NULL;
  cmsCloseProfile(srgb);
  if (back != NULL) {
    convert(back, pixels, pixel_count, 0);
    cmsDeleteTransform(back);
  } else if (result == 1) {
    note_warning(notes, "no transform can be made to it");
    result = -1;
  }
  return result;
}

int ci_convert_from_srgb(
    uint8_t *pixels, size_t pixel_count, int colour, int inverted, const uint8_t *profile, size_t profile_length,
    ci_notes *notes) {
  if (profile_length > UINT32_MAX) return -1;
  cmsContext context = cmsCreateContext(NULL, notes);
  if (context == NULL) return -1;
  cmsSetLogErrorHandlerTHR(context, on_error);
  int result = -1;
  cmsHPROFILE opened = cmsOpenProfileFromMemTHR(context, profile, (cmsUInt32Number)profile_length);
  if (opened != NULL) {
    result = convert_back_with(context, opened, pixels, pixel_count, colour, inverted, notes);
    cmsCloseProfile(opened);
  }
  cmsDeleteContext(context);
  return result;
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

static uint8_t *rgb_profile_of(
    cmsContext context, cmsHPROFILE opened, const uint8_t *profile, size_t profile_length, int colour, size_t *length) {
  cmsColorSpaceSignature space = cmsGetColorSpace(opened);
  cmsUInt32Number layout = colour == CI_CMYK ? 0 : input_layout(space, colour, 0);
  cmsHPROFILE srgb = layout == 0 ? NULL : cmsCreate_sRGBProfileTHR(context);
  cmsHTRANSFORM transform =
      srgb == NULL ? NULL
                   : cmsCreateTransformTHR(context, opened, layout, srgb, TYPE_RGBA_8, INTENT_PERCEPTUAL, 0);
  if (srgb != NULL) cmsCloseProfile(srgb);
  if (transform == NULL) return NULL;
  int is_grey = space == cmsSigGrayData;
  int is_srgb = changes_nothing(transform, is_grey);
  cmsDeleteTransform(transform);
  if (is_srgb) return NULL;
  if (is_grey) return rgb_profile_of_grey(context, opened, length);
  uint8_t *bytes = malloc(profile_length);
  if (bytes == NULL) return NULL;
  memcpy(bytes, profile, profile_length);
  *length = profile_length;
  return bytes;
}

uint8_t *ci_rgb_profile(const uint8_t *profile, size_t profile_length, int colour, size_t *length) {
  if (profile_length > UINT32_MAX) return NULL;
  cmsContext context = cmsCreateContext(NULL, NULL);
  if (context == NULL) return NULL;
  uint8_t *bytes = NULL;
  cmsHPROFILE opened = cmsOpenProfileFromMemTHR(context, profile, (cmsUInt32Number)profile_length);
  if (opened != NULL) {
    bytes = rgb_profile_of(context, opened, profile, profile_length, colour, length);
    cmsCloseProfile(opened);
  }
  cmsDeleteContext(context);
  return bytes;
}
