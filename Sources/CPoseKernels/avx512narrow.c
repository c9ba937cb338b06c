// AVX-512 with vectors of 8 floats: all 32 registers, but fewer lanes without work on narrow planes.

#include <math.h>
#include <string.h>

#include "CPoseKernels.h"
#include "narrow.h"
#include "stage.h"

#if defined(__x86_64__)

#include <immintrin.h>

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#define LANES 8
#define HAS_MASKED_LOADS
#define MASK_REGISTERS
#include "vector.inc"
#include "elementwise.inc"
#include "depthwise3x3_scaled.inc"
#include "depthwise.inc"

void pose_depthwise_narrow(const float *w, const float *bias, const float *x, const int32_t *x_planes, float *out,
                           const int32_t *out_planes, long count, const pose_window *window, float *scratch,
                           pose_unary f) {
  depthwise(w, bias, x, x_planes, out, out_planes, count, window, scratch, f);
}

void pose_depthwise_multi_narrow(const pose_filter *filters, long filter_count, const float *x, const int32_t *x_planes,
                                 long count, const pose_window *window) {
  depthwise3x3_filters(filters, filter_count, x, x_planes, count, window);
}

void pose_depthwise3x3_scaled_narrow(
    const float *w, const float *bias, const float *x, const int32_t *x_planes, const float *gates,
    const int32_t *gate_planes, long gate_height, long gate_width, float *out, const int32_t *out_planes, float *means,
    const int32_t *mean_planes, long count, long height, long width, pose_unary f) {
  depthwise3x3_scaled(w, bias, x, x_planes, gates, gate_planes, gate_height, gate_width, out, out_planes, means,
                      mean_planes, count, height, width, f);
}
#pragma clang attribute pop

#endif
