// Rows of output pixels as matrices.
//
// Each channel of a band is up to stride_height x stride_width phases: phase (py, px) holds the padded pixels whose row
// and column leave those remainders, so that the pixels that one tap reads for a row of output follow each other.

#include "CPoseKernels.h"
#include "band.h"

long pose_band_lines(const pose_window *s, long rows) {
  return rows + (s->kernel_height - 1) * s->dilation_height / s->stride_height;
}

long pose_band_pitch(const pose_window *s) {
  return s->out_width + (s->kernel_width - 1) * s->dilation_width / s->stride_width;
}

long pose_band_count(const pose_window *s, long rows) {
  return phase_rows(s) * phase_columns(s) * pose_band_lines(s, rows) * pose_band_pitch(s);
}

long pose_band_tap(const pose_window *s, long rows, long ky, long kx) {
  const long y = ky * s->dilation_height, x = kx * s->dilation_width;
  const long phase = y % s->stride_height * phase_columns(s) + x % s->stride_width;
  return (phase * pose_band_lines(s, rows) + y / s->stride_height) * pose_band_pitch(s) + x / s->stride_width;
}

void pose_band_columns(const float *band, const int32_t *taps, long depth, long rows, long pitch, long width,
                       float *columns, long stride) {
  for (long k = 0; k < depth; k++) {
    const float *from = band + taps[k];
    float *to = columns + k * stride;
    for (long row = 0; row < rows; row++, from += pitch, to += width)
      for (long x = 0; x < width; x++) to[x] = from[x];
  }
}
