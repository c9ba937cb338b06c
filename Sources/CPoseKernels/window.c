// What sliding windows need that no instruction set makes faster.

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
