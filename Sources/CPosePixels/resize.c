// Resizing, bit for bit as OpenCV resizes 8-bit pictures (INTER_LINEAR).

#include "CPosePixels.h"

void pose_resize_row(
  const uint8_t *restrict row, const int32_t *restrict offsets, const int32_t *restrict weights, long count,
  int32_t *restrict out) {
  for (long x = 0; x < count; x++) {
    const uint8_t *left = row + offsets[2 * x], *right = row + offsets[2 * x + 1];
    const int32_t own = weights[2 * x], next = weights[2 * x + 1];
    for (int channel = 0; channel < 3; channel++) *out++ = left[channel] * own + right[channel] * next;
  }
}

#define BLEND \
  for (long i = 0; i < count; i++) { \
    const int32_t sum = ((weight_above * (above[i] >> 4)) >> 16) + ((weight_below * (below[i] >> 4)) >> 16); \
    out[i] = (uint8_t)((sum + 2) >> 2); \
  }

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void blend_avx2(
  const int32_t *restrict above, const int32_t *restrict below, int32_t weight_above, int32_t weight_below, long count,
  uint8_t *restrict out) {
  BLEND
}
#endif

void pose_resize_blend(
  const int32_t *restrict above, const int32_t *restrict below, int32_t weight_above, int32_t weight_below, long count,
  uint8_t *restrict out) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) {
    blend_avx2(above, below, weight_above, weight_below, count, out);
    return;
  }
#endif
  BLEND
}

void pose_halve_rows(const uint8_t *restrict above, const uint8_t *restrict below, long count, uint8_t *restrict out) {
  for (long x = 0; x < count; x++, above += 6, below += 6) {
    for (int channel = 0; channel < 3; channel++)
      *out++ = (uint8_t)((above[channel] + above[channel + 3] + below[channel] + below[channel + 3] + 2) >> 2);
  }
}
