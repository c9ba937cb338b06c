// AVX-512 with half vectors, for planes that leave lanes of whole ones empty.
#pragma once

#include "CPoseKernels.h"

__attribute__((visibility("hidden"))) void pose_depthwise_narrow(
    const float *w, const float *bias, const float *x, const int32_t *x_planes, float *out, const int32_t *out_planes,
    long count, const pose_window *window, float *scratch, pose_unary f);
