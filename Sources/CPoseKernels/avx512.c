// AVX-512: 32 registers of 16 floats; a tile of 8 x 3 vectors uses 24 of them for sums.

#include <math.h>
#include <string.h>

#include "CPoseKernels.h"
#include "stage.h"

#if defined(__x86_64__)

#include <immintrin.h>

#include "narrow.h"

#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#define NAME "avx512"
#define LANES 16
#define HAS_MASKED_LOADS
#define MASK_REGISTERS
#define ROWS 8
#define COLUMNS 3
#define NARROW_DEPTHWISE pose_depthwise_narrow
#define NARROW_FILTERS pose_depthwise_multi_narrow
#define NARROW_SCALED pose_depthwise3x3_scaled_narrow
#include "kernels.inc"
#pragma clang attribute pop

const pose_kernels *pose_kernels_avx512(void) {
  bool runs = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
              __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl");
  return runs ? &table : 0;
}

#else

const pose_kernels *pose_kernels_avx512(void) { return 0; }

#endif
