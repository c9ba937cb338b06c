// Sliding windows: matrices of columns for convolutions.

#include <string.h>

#include "CPoseKernels.h"
#include "stage.h"

long pose_depthwise_scratch(const pose_window *window) {
  const pose_stage stage = pose_stage_of(window);
  return pose_stage_count(&stage);
}

void pose_im2col(const float *x, long channels, const pose_window *s, long n0, long n1, float *columns) {
  for (long c = 0; c < channels; c++) {
    const float *plane = x + c * s->in_height * s->in_width;
    for (long ky = 0; ky < s->kernel_height; ky++)
      for (long kx = 0; kx < s->kernel_width; kx++, columns += n1 - n0) {
        long oy = n0 / s->out_width, ox = n0 % s->out_width;
        for (long n = n0; n < n1;) {
          long end = n + s->out_width - ox < n1 ? n + s->out_width - ox : n1;
          long y = oy * s->stride_height - s->pad_height + ky * s->dilation_height;
          long left = ox * s->stride_width - s->pad_width + kx * s->dilation_width;
          float *row = columns + n - n0;
          long count = end - n;
          if (y < 0 || y >= s->in_height) {
            memset(row, 0, (size_t)count * sizeof(float));
          } else {
            const float *line = plane + y * s->in_width;
            for (long i = 0; i < count; i++) {
              long at = left + i * s->stride_width;
              row[i] = at >= 0 && at < s->in_width ? line[at] : 0;
            }
          }
          n = end;
          ox = 0;
          oy++;
        }
      }
  }
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
