// Decoding a part of a JPEG, which TurboJPEG's interface cannot before its version 3. libjpeg reports errors by a jump that
// must not cross Swift, so the loop stands here.
#pragma once

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct {
  long left, top, right, bottom;
} pose_region;

#define POSE_JPEG_MESSAGE 200

// Decodes the pixels of a region (right and bottom are the first beyond it) of a JPEG at 1/factor of its size into the
// RGB memory of the whole picture of width x height pixels at that size, exactly as decoding all of it does. Pixels
// outside may be written or not. Returns 0, or 1 with a message where the picture is damaged or has other sides.
int pose_decode_jpeg_region(
  const uint8_t *bytes, size_t count, int factor, long width, long height, pose_region region, uint8_t *pixels,
  char *message);

#ifdef __cplusplus
}
#endif
