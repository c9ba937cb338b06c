// Resampling of planes, bilinear at given positions.

#include <math.h>

#include "CPoseKernels.h"

long pose_resize_scratch(long in_height, long in_width, long out_height, long out_width) {
  (void)in_height, (void)in_width, (void)out_height;
  // Four tables of columns and two rows, from a multiple of the widest vector on.
  return 6 * ((out_width + 15) / 16 * 16) + 16;
}

// Where the four pixels around a position lie in a plane, and how much each counts; nothing outside the plane does.
typedef struct {
  int32_t pixel[4];
  float weight[4];
} corners;

static corners corners_at(float row, float column, long height, long width) {
  const float left = floorf(column), top = floorf(row), fx = column - left, fy = row - top;
  corners result = {{0, 0, 0, 0}, {0, 0, 0, 0}};
  for (int i = 0; i < 4; i++) {
    const float y = top + (float)(i / 2), x = left + (float)(i % 2);
    if (!(y >= 0 && y < (float)height && x >= 0 && x < (float)width)) continue;
    result.pixel[i] = (int32_t)((long)y * width + (long)x);
    result.weight[i] = (i % 2 ? fx : 1 - fx) * (i / 2 ? fy : 1 - fy);
  }
  return result;
}

void pose_grid_sample(const float *x, long in_height, long in_width, const float *positions, float *out,
                      long out_count, bool align_corners, long c0, long c1) {
  if (in_height * in_width == 0) {
    for (long i = c0 * out_count; i < c1 * out_count; i++) out[i] = 0;
    return;
  }
  // Some positions at a time, the same in all planes.
  enum { BLOCK = 64 };
  corners block[BLOCK];
  for (long first = 0; first < out_count; first += BLOCK) {
    const long count = out_count - first < BLOCK ? out_count - first : BLOCK;
    for (long i = 0; i < count; i++) {
      float px = positions[2 * (first + i)], py = positions[2 * (first + i) + 1];
      float column = align_corners ? (px + 1) / 2 * (float)(in_width - 1) : ((px + 1) * (float)in_width - 1) / 2;
      float row = align_corners ? (py + 1) / 2 * (float)(in_height - 1) : ((py + 1) * (float)in_height - 1) / 2;
      block[i] = corners_at(row, column, in_height, in_width);
    }
    for (long c = c0; c < c1; c++) {
      const float *plane = x + c * in_height * in_width;
      for (long i = 0; i < count; i++) {
        const corners *at = &block[i];
        out[c * out_count + first + i] = plane[at->pixel[0]] * at->weight[0] + plane[at->pixel[1]] * at->weight[1] +
                                         plane[at->pixel[2]] * at->weight[2] + plane[at->pixel[3]] * at->weight[3];
      }
    }
  }
}
