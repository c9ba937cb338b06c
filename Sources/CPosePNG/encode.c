#include <stdlib.h>

#include "memory.h"

static void flush(png_structp png) { (void)png; }

// libpng leaves out what it warns about, such as an invalid profile.
static void warn(png_structp png, png_const_charp text) {
  (void)png;
  (void)text;
}

static void encode(png_structp png, png_infop info, const pose_png_picture *picture, uint8_t *row) {
  png_set_IHDR(
    png, info, (png_uint_32)picture->width, (png_uint_32)picture->height, 8,
    picture->alpha ? PNG_COLOR_TYPE_RGB_ALPHA : PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
    PNG_FILTER_TYPE_DEFAULT);
  png_set_benign_errors(png, 1);
  if (picture->profile)
    png_set_iCCP(
      png, info, "ICC profile", PNG_COMPRESSION_TYPE_BASE, picture->profile, (png_uint_32)picture->profile_count);
  else
    png_set_sRGB(png, info, PNG_sRGB_INTENT_PERCEPTUAL);
  if (picture->exif) png_set_eXIf_1(png, info, (png_uint_32)picture->exif_count, (png_bytep)picture->exif);
  png_write_info(png, info);
  const size_t columns = (size_t)picture->width;
  for (long y = 0; y < picture->height; y++) {
    const uint8_t *rgb = picture->rgb + (size_t)y * columns * 3;
    if (!picture->alpha) {
      png_write_row(png, rgb);
      continue;
    }
    const uint8_t *alpha = picture->alpha + (size_t)y * columns;
    for (size_t x = 0; x < columns; x++) {
      memcpy(row + 4 * x, rgb + 3 * x, 3);
      row[4 * x + 3] = alpha[x];
    }
    png_write_row(png, row);
  }
  png_write_end(png, info);
}

int pose_encode_png(
  pose_png_picture picture, void (*write)(void *context, const uint8_t *bytes, size_t count), void *context,
  char *message) {
  pose_png_failure failure = {.message = message};
  pose_png_output target = {write, context};
  png_structp volatile png = NULL;
  png_infop volatile info = NULL;
  uint8_t *volatile row = NULL;
  volatile int failed = 1;
  if (setjmp(failure.exit) == 0) {
    png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &failure, pose_png_fail, warn);
    if (!png) {
      snprintf(message, POSE_PNG_MESSAGE, "no memory");
      return 1;
    }
    info = png_create_info_struct(png);
    if (!info) png_error(png, "no memory");
    if (picture.alpha && !(row = malloc((size_t)picture.width * 4))) png_error(png, "no memory");
    png_set_write_fn(png, &target, pose_png_give, flush);
    encode(png, info, &picture, row);
    failed = 0;
  }
  free(row);
  png_structp writer = png;
  png_infop header = info;
  png_destroy_write_struct(&writer, &header);
  return failed;
}
