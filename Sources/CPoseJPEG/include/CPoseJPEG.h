// JPEG in and out by libjpeg, which reports errors by a jump that must not cross Swift. Every function returns 0; or 1, or
// POSE_JPEG_NO_MEMORY where libjpeg gets no memory, with the reason in `message`, and leaves nothing behind then.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define POSE_JPEG_MESSAGE 200
#define POSE_JPEG_NO_MEMORY 2

typedef struct {
  long width, height;
  // Four inks, which are decoded as such.
  int is_cmyk;
} pose_jpeg_header;

int pose_read_jpeg_header(const uint8_t *bytes, size_t count, pose_jpeg_header *header, char *message);

// Right and bottom are the first column and row beyond it.
typedef struct {
  long left, top, right, bottom;
} pose_region;

// Decodes to interleaved samples, RGB or the four inks, at 1/factor of the size, rounded up, which must be width x height.
int pose_decode_jpeg(
  const uint8_t *bytes, size_t count, int factor, long width, long height, uint8_t *samples, char *message);

// Decodes the pixels of a region, which must lie inside width x height, to their places in the memory of the whole
// picture, exactly as decoding all of it does. Pixels outside may be written or not, and what lies below is not read.
int pose_decode_jpeg_region(
  const uint8_t *bytes, size_t count, int factor, long width, long height, pose_region region, uint8_t *samples,
  char *message);

typedef struct {
  int width, height;
  // 1 is gray, 3 is RGB (stored as YCbCr), 4 is CMYK (stored as YCCK).
  int components;
  int quality;
  // How many times more samples the first component has than the second and the third.
  int horizontal, vertical;
  int is_progressive;
} pose_jpeg_format;

// Encodes interleaved samples. The caller frees the memory.
int pose_encode_jpeg(
  const uint8_t *samples, pose_jpeg_format format, uint8_t **bytes, size_t *count, char *message);

#ifdef __cplusplus
}
#endif
