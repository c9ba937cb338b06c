// Reads and writes PNG with libpng, which reports errors by a jump that must not cross Swift. Every function returns 0,
// or 1 with the reason in `message`, and leaves nothing behind in this case.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define POSE_PNG_MESSAGE 200

// Decodes to interleaved RGB samples as they are stored: no gamma and no profile is applied, and 16-bit samples keep
// their high byte. The picture must have width x height pixels.
//
// `alpha` receives one sample for each pixel. It must be null if the picture has neither an alpha channel nor a `tRNS`
// chunk, and may be null for any other.
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

// Decodes a PNG of gray values or with a palette, of 8 bits at most, to its samples as they are stored: positions in the
// palette, or gray values, which are not stretched to 0...255.
int pose_decode_png_labels(
  const uint8_t *bytes, size_t count, long width, long height, uint8_t *labels, char *message);

// Encodes a byte for each pixel with a palette of up to 256 colors, three bytes each; libpng refuses a byte beyond it.
int pose_encode_png_labels(
  long width, long height, const uint8_t *labels, const uint8_t *palette, int colors,
  void (*write)(void *context, const uint8_t *bytes, size_t count), void *context, char *message);

#ifdef __cplusplus
}
#endif
