// AVX2 and FMA: 16 registers of 8 floats; a tile of 4 x 3 vectors uses 12 of them for sums.

#include <math.h>
#include <string.h>

#include "CPoseKernels.h"
#include "stage.h"

#if defined(__x86_64__)

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME "avx2"
#define LANES 8
#define HAS_MASKED_LOADS
#define ROWS 4
#define COLUMNS 3
#include "kernels.inc"
#pragma clang attribute pop

const pose_kernels *pose_kernels_avx2(void) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &table : 0;
}

#else

const pose_kernels *pose_kernels_avx2(void) { return 0; }

#endif
