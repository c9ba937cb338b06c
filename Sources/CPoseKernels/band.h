#pragma once

#include "CPoseKernels.h"

// Phases of a band that any tap reads: small kernels at large strides leave some out.
static inline long phase_count(long stride, long reach) { return stride < reach ? stride : reach; }

static inline long phase_rows(const pose_window *s) {
  return phase_count(s->stride_height, (s->kernel_height - 1) * s->dilation_height + 1);
}

static inline long phase_columns(const pose_window *s) {
  return phase_count(s->stride_width, (s->kernel_width - 1) * s->dilation_width + 1);
}
