// What avx512.c takes from avx512narrow.c.
#pragma once

#include "CPoseKernels.h"

__attribute__((visibility("hidden"))) void pose_depthwise_narrow(
    const float *w, const float *bias, const float *x, const int32_t *x_planes, float *out, const int32_t *out_planes,
    long count, const pose_window *window, float *scratch, pose_unary f);

__attribute__((visibility("hidden"))) void pose_depthwise_multi_narrow(
    const pose_filter *filters, long filter_count, const float *x, const int32_t *x_planes, long count,
    const pose_window *window);

__attribute__((visibility("hidden"))) void pose_depthwise3x3_scaled_narrow(
    const float *w, const float *bias, const float *x, const int32_t *x_planes, const float *gates,
    const int32_t *gate_planes, long gate_height, long gate_width, float *out, const int32_t *out_planes, float *means,
    const int32_t *mean_planes, long count, long height, long width, pose_unary f);
