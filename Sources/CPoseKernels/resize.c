// Resampling of planes, bilinear at given positions.

#include <math.h>

#include "CPoseKernels.h"

long pose_resize_scratch(long in_height, long in_width, long out_height, long out_width) {
  (void)in_height, (void)in_width, (void)out_height;
  // Four tables of columns and two rows, from a multiple of the widest vector on.
  return 6 * ((out_width + 15) / 16 * 16) + 16;
}

static float pixel(const float *plane, long height, long width, float y, float x) {
  return y >= 0 && y < (float)height && x >= 0 && x < (float)width ? plane[(long)y * width + (long)x] : 0;
}

void pose_grid_sample(const float *x, long in_height, long in_width, const float *positions, float *out,
                      long out_count, bool align_corners, long c0, long c1) {
  for (long c = c0; c < c1; c++) {
    const float *plane = x + c * in_height * in_width;
    for (long i = 0; i < out_count; i++) {
      float px = positions[2 * i], py = positions[2 * i + 1];
      float column = align_corners ? (px + 1) / 2 * (float)(in_width - 1) : ((px + 1) * (float)in_width - 1) / 2;
      float row = align_corners ? (py + 1) / 2 * (float)(in_height - 1) : ((py + 1) * (float)in_height - 1) / 2;
      float left = floorf(column), top = floorf(row), fx = column - left, fy = row - top;
      out[c * out_count + i] =
          pixel(plane, in_height, in_width, top, left) * (1 - fx) * (1 - fy) +
          pixel(plane, in_height, in_width, top, left + 1) * fx * (1 - fy) +
          pixel(plane, in_height, in_width, top + 1, left) * (1 - fx) * fy +
          pixel(plane, in_height, in_width, top + 1, left + 1) * fx * fy;
    }
  }
}
