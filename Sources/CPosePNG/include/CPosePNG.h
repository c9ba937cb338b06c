// PNG in and out by libpng, which reports errors by a jump that must not cross Swift. Every function returns 0, or 1 with
// the reason in `message`, and leaves nothing behind then.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define POSE_PNG_MESSAGE 200

// Decodes to interleaved RGB samples as they are stored: no gamma or profile is applied, and of 16 bits the high byte is
// kept. The picture must have width x height pixels.
//
// `alpha` takes one sample a pixel, of a picture with an alpha channel or a `tRNS` chunk alone, and may be null.
int pose_decode_png(
  const uint8_t *bytes, size_t count, long width, long height, uint8_t *rgb, uint8_t *alpha, char *message);

typedef struct {
  long width, height;
  const uint8_t *rgb;
  // One sample a pixel, or null.
  const uint8_t *alpha;
  // An ICC profile for RGB, and a TIFF block of EXIF; each may be null.
  const uint8_t *profile;
  size_t profile_count;
  const uint8_t *exif;
  size_t exif_count;
} pose_png_picture;

// Encodes a picture, and gives the file's bytes to `write` piece by piece.
int pose_encode_png(
  pose_png_picture picture, void (*write)(void *context, const uint8_t *bytes, size_t count), void *context,
  char *message);

#ifdef __cplusplus
}
#endif
