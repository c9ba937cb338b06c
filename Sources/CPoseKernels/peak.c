// What a core can do at most, so that the benchmark can say how near a network comes. A multiply-add takes four cycles
// and two start in each: eight chains or more keep the units busy, twelve fit every set's registers.

#include "CPoseKernels.h"

enum { CHAINS = 12 };

#define PEAK(name, lanes)                                                      \
  static long name(long rounds, float *result) {                               \
    typedef float vec __attribute__((vector_size(lanes * 4)));                 \
    volatile float half = 0.5f;                                                \
    const vec scale = half - (vec){0}, shift = scale;                          \
    vec sums[CHAINS];                                                          \
    for (int i = 0; i < CHAINS; i++) sums[i] = shift * (float)i;               \
    for (long round = 0; round < rounds; round++)                              \
      _Pragma("clang loop unroll(full)") for (int i = 0; i < CHAINS; i++)      \
          sums[i] = sums[i] * scale + shift;                                   \
    vec all = {0};                                                             \
    for (int i = 0; i < CHAINS; i++) all += sums[i];                           \
    *result = all[0];                                                          \
    return rounds * CHAINS * lanes;                                            \
  }

PEAK(portable, 4)
long pose_peak_portable(long rounds, float *result) { return portable(rounds, result); }

#if defined(__x86_64__)

#pragma clang attribute push(__attribute__((target("avx512f,avx2,fma"))), apply_to = function)
PEAK(avx512, 16)
#pragma clang attribute pop
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
PEAK(avx2, 8)
#pragma clang attribute pop

long pose_peak_avx512(long rounds, float *result) {
  return __builtin_cpu_supports("avx512f") ? avx512(rounds, result) : 0;
}
long pose_peak_avx2(long rounds, float *result) {
  return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? avx2(rounds, result) : 0;
}

#else

long pose_peak_avx512(long rounds, float *result) { return 0; }
long pose_peak_avx2(long rounds, float *result) { return 0; }

#endif

#if defined(__aarch64__)

// Four units that each take four cycles need sixteen chains: two rounds' worth of lanes.
PEAK(neon, 8)
long pose_peak_neon(long rounds, float *result) { return neon(rounds, result); }

#else

long pose_peak_neon(long rounds, float *result) { return 0; }

#endif

float pose_peak_read(const float *x, long n) {
  typedef float vec __attribute__((vector_size(64)));
  typedef float loose_vec __attribute__((vector_size(64), aligned(4), may_alias));
  vec sums[4] = {0};
  for (long i = 0; i + 64 <= n; i += 64)
    for (int j = 0; j < 4; j++) sums[j] += *(const loose_vec *)(x + i + 16 * j);
  vec all = sums[0] + sums[1] + sums[2] + sums[3];
  float sum = 0;
  for (int lane = 0; lane < 16; lane++) sum += all[lane];
  return sum;
}
