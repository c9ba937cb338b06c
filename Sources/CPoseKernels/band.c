// Rows of output pixels as matrices.
//
// Each channel of a band is stride_height x stride_width phases: phase (py, px) holds the padded pixels whose row and
// column leave those remainders, so that the pixels that one tap reads for a row of output follow each other.

#include <string.h>

#include "CPoseKernels.h"

static long phase_rows(const pose_window *s, long rows) {
  return rows + (s->kernel_height - 1) * s->dilation_height / s->stride_height;
}

long pose_band_pitch(const pose_window *s) {
  return s->out_width + (s->kernel_width - 1) * s->dilation_width / s->stride_width;
}

long pose_band_count(const pose_window *s, long rows) {
  return s->stride_height * s->stride_width * phase_rows(s, rows) * pose_band_pitch(s);
}

long pose_band_tap(const pose_window *s, long rows, long ky, long kx) {
  const long y = ky * s->dilation_height, x = kx * s->dilation_width;
  const long phase = y % s->stride_height * s->stride_width + x % s->stride_width;
  return (phase * phase_rows(s, rows) + y / s->stride_height) * pose_band_pitch(s) + x / s->stride_width;
}

// pixels first, first + stride ... of a row that has `width` of them, and zeros outside of it.
static void copy_row(const float *row, long width, long first, long stride, long count, float *out) {
  long i = 0;
  for (; i < count && first + i * stride < 0; i++) out[i] = 0;
  long end = first < width ? (width - 1 - first) / stride + 1 : 0;
  if (end > count) end = count;
  if (stride == 1) {
    if (end > i) memcpy(out + i, row + first + i, (size_t)(end - i) * sizeof(float));
    if (end > i) i = end;
  } else if (stride == 2) {
    for (; i < end; i++) out[i] = row[first + 2 * i];
  } else {
    for (; i < end; i++) out[i] = row[first + i * stride];
  }
  for (; i < count; i++) out[i] = 0;
}

void pose_band(const float *x, const int32_t *x_planes, long count, const pose_window *s, long y0, long rows,
               float *band) {
  const long pitch = pose_band_pitch(s), lines = phase_rows(s, rows);
  for (long c = 0; c < count; c++) {
    const float *plane = x + x_planes[c];
    for (long py = 0; py < s->stride_height; py++)
      for (long px = 0; px < s->stride_width; px++)
        for (long i = 0; i < lines; i++, band += pitch) {
          const long y = (y0 + i) * s->stride_height + py - s->pad_height;
          if (y < 0 || y >= s->in_height)
            memset(band, 0, (size_t)pitch * sizeof(float));
          else
            copy_row(plane + y * s->in_width, s->in_width, px - s->pad_width, s->stride_width, pitch, band);
        }
  }
}
