// Resampling of planes: nearest, bilinear, and bilinear at given positions.

#include <math.h>
#include <string.h>

#include "CPoseKernels.h"

// Where an output index reads: between `low` and `high`, `fraction` of the way.
typedef struct {
  long low, high;
  float fraction;
} tap;

static tap tap_at(long index, long in, long out, pose_resize_mode mode) {
  float position;
  if (mode == POSE_BILINEAR_ALIGN_CORNERS)
    position = out > 1 ? (float)index * ((float)(in - 1) / (float)(out - 1)) : 0;
  else
    position = fmaxf(((float)index + 0.5f) * ((float)in / (float)out) - 0.5f, 0);
  long low = (long)position;
  if (low > in - 1) low = in - 1;
  return (tap){low, low < in - 1 ? low + 1 : low, position - (float)low};
}

static void resize_nearest(const float *x, long in_height, long in_width, float *out, long out_height, long out_width) {
  for (long oy = 0; oy < out_height; oy++) {
    const float *line = x + oy * in_height / out_height * in_width;
    float *row = out + oy * out_width;
    if (out_width % in_width == 0) {
      long factor = out_width / in_width;
      for (long column = 0; column < in_width; column++)
        for (long i = 0; i < factor; i++) *row++ = line[column];
    } else {
      for (long ox = 0; ox < out_width; ox++) row[ox] = line[ox * in_width / out_width];
    }
  }
}

static void resize_bilinear(const float *x, long in_height, long in_width, float *out, long out_height, long out_width,
                            pose_resize_mode mode) {
  for (long oy = 0; oy < out_height; oy++) {
    tap v = tap_at(oy, in_height, out_height, mode);
    const float *above = x + v.low * in_width, *below = x + v.high * in_width;
    for (long ox = 0; ox < out_width; ox++) {
      tap h = tap_at(ox, in_width, out_width, mode);
      float top = above[h.low] * (1 - h.fraction) + above[h.high] * h.fraction;
      float bottom = below[h.low] * (1 - h.fraction) + below[h.high] * h.fraction;
      *out++ = top * (1 - v.fraction) + bottom * v.fraction;
    }
  }
}

void pose_resize(const float *x, long in_height, long in_width, float *out, long out_height, long out_width,
                 pose_resize_mode mode, long c0, long c1) {
  for (long c = c0; c < c1; c++) {
    const float *plane = x + c * in_height * in_width;
    float *result = out + c * out_height * out_width;
    if (mode == POSE_NEAREST)
      resize_nearest(plane, in_height, in_width, result, out_height, out_width);
    else
      resize_bilinear(plane, in_height, in_width, result, out_height, out_width, mode);
  }
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
