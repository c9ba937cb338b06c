// Sliding windows: what transposed convolutions add up, and pooling.

#include <math.h>
#include <string.h>

#include "CPoseKernels.h"
#include "stage.h"

long pose_depthwise_scratch(const pose_window *window) {
  const pose_stage stage = pose_stage_of(window);
  return pose_stage_count(&stage);
}

void pose_col2im(const float *columns, long channels, const pose_window *s, const float *bias, float *out) {
  // Of the convolution that is transposed here, `in` is the output.
  long area = s->in_height * s->in_width;
  for (long c = 0; c < channels; c++, out += area) {
    pose_fill(out, area, bias ? bias[c] : 0);
    for (long ky = 0; ky < s->kernel_height; ky++)
      for (long kx = 0; kx < s->kernel_width; kx++)
        for (long y = 0; y < s->out_height; y++) {
          long ty = y * s->stride_height - s->pad_height + ky * s->dilation_height;
          for (long x = 0; x < s->out_width; x++, columns++) {
            long tx = x * s->stride_width - s->pad_width + kx * s->dilation_width;
            if (ty >= 0 && ty < s->in_height && tx >= 0 && tx < s->in_width) out[ty * s->in_width + tx] += *columns;
          }
        }
  }
}

void pose_max_pool(const float *x, float *out, const pose_window *s, long c0, long c1) {
  for (long c = c0; c < c1; c++) {
    const float *plane = x + c * s->in_height * s->in_width;
    float *result = out + c * s->out_height * s->out_width;
    for (long oy = 0; oy < s->out_height; oy++)
      for (long ox = 0; ox < s->out_width; ox++) {
        float best = -INFINITY;
        for (long ky = 0; ky < s->kernel_height; ky++) {
          long y = oy * s->stride_height - s->pad_height + ky * s->dilation_height;
          if (y < 0 || y >= s->in_height) continue;
          for (long kx = 0; kx < s->kernel_width; kx++) {
            long column = ox * s->stride_width - s->pad_width + kx * s->dilation_width;
            if (column < 0 || column >= s->in_width) continue;
            float value = plane[y * s->in_width + column];
            if (value > best) best = value;
          }
        }
        *result++ = best;
      }
  }
}

void pose_average_pool(const float *x, float *out, const pose_window *s, bool counts_padding, long c0, long c1) {
  for (long c = c0; c < c1; c++) {
    const float *plane = x + c * s->in_height * s->in_width;
    float *result = out + c * s->out_height * s->out_width;
    for (long oy = 0; oy < s->out_height; oy++)
      for (long ox = 0; ox < s->out_width; ox++) {
        long top = oy * s->stride_height - s->pad_height, left = ox * s->stride_width - s->pad_width;
        // A window that hangs over the padding's far edge (rounded-up sizes) is cut there.
        long bottom = top + s->kernel_height, right = left + s->kernel_width;
        if (bottom > s->in_height + s->pad_height) bottom = s->in_height + s->pad_height;
        if (right > s->in_width + s->pad_width) right = s->in_width + s->pad_width;
        long size = (bottom - top) * (right - left);
        if (top < 0) top = 0;
        if (left < 0) left = 0;
        if (bottom > s->in_height) bottom = s->in_height;
        if (right > s->in_width) right = s->in_width;
        float sum = 0;
        for (long y = top; y < bottom; y++)
          for (long column = left; column < right; column++) sum += plane[y * s->in_width + column];
        long inside = (bottom - top) * (right - left);
        *result++ = sum / (float)(counts_padding ? size : inside);
      }
  }
}

void pose_adaptive_average_pool(const float *x, long in_height, long in_width, float *out, long out_height,
                                long out_width, long c0, long c1) {
  for (long c = c0; c < c1; c++) {
    const float *plane = x + c * in_height * in_width;
    float *result = out + c * out_height * out_width;
    for (long oy = 0; oy < out_height; oy++) {
      long top = oy * in_height / out_height, bottom = ((oy + 1) * in_height + out_height - 1) / out_height;
      for (long ox = 0; ox < out_width; ox++) {
        long left = ox * in_width / out_width, right = ((ox + 1) * in_width + out_width - 1) / out_width;
        // Sixteen running sums, so that the compiler can use vectors and long sums stay accurate.
        float sums[16] = {0}, sum = 0;
        for (long y = top; y < bottom; y++) {
          const float *line = plane + y * in_width;
          long column = left;
          for (; column + 16 <= right; column += 16)
            for (int i = 0; i < 16; i++) sums[i] += line[column + i];
          for (; column < right; column++) sum += line[column];
        }
        for (int i = 0; i < 16; i++) sum += sums[i];
        *result++ = sum / (float)((bottom - top) * (right - left));
      }
    }
  }
}

long pose_resize_scratch(long in_height, long in_width, long out_height, long out_width) { return 0; }
