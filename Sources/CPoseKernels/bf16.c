// Matrix products in bfloat16 with float32 sums, for CPUs with AVX512-BF16: one instruction multiplies and adds two
// products a lane, twice float32's rate.
//
// Rows of x are paired: a lane holds row 2i and row 2i + 1 of a column. A block of columns is paired once, into scratch
// that stays in L1, and serves all panels of weights.

#include <math.h>

#include "CPoseKernels.h"

#if defined(__x86_64__)

#include <immintrin.h>

#pragma clang attribute push(__attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16,avx2,fma"))), apply_to = function)
#define LANES 16
#include "vector.inc"
#include "elementwise.inc"

enum { ROWS = 8, COLUMNS = 3, BLOCK = COLUMNS * LANES };

// Columns [n, n + count) of all rows, in pairs of rows; columns beyond and a missing last row are zeros.
static void pair_rows(const float *x, const int32_t *rows, long k, long n, long count, uint32_t *pairs) {
  const __m512i deal = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24, 8, 23, 7, 22, 6, 21, 5,
                                        20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
  for (long i = 0; i < k; i += 2, pairs += BLOCK) {
    const float *even = x + rows[i] + n, *odd = i + 1 < k ? x + rows[i + 1] + n : 0;
    for (long c = 0; c < BLOCK; c += LANES) {
      const long left = count - c < 0 ? 0 : count - c < LANES ? count - c : LANES;
      vec a = left == LANES ? load(even + c) : load_first(even + c, left);
      vec b = !odd ? splat(0) : left == LANES ? load(odd + c) : load_first(odd + c, left);
      __m512i both = (__m512i)_mm512_cvtne2ps_pbh((__m512)b, (__m512)a);
      _mm512_storeu_si512(pairs + c, _mm512_permutexvar_epi16(deal, both));
    }
  }
}

INLINE void tile(const uint32_t *w, const float *bias, const uint32_t *pairs, const float *residual,
                 const int32_t *residual_rows, float *out, const int32_t *out_rows, long k, long m, long n, long count,
                 pose_unary f, const int rows, const int columns) {
  vec sums[ROWS][COLUMNS];
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int c = 0; c < columns; c++) sums[r][c] = splat(bias ? bias[m + r] : 0);
  for (long i = 0; i < (k + 1) / 2; i++) {
    __m512bh xs[COLUMNS];
#pragma clang loop unroll(full)
    for (int c = 0; c < columns; c++) xs[c] = (__m512bh)_mm512_loadu_si512(pairs + i * BLOCK + c * LANES);
#pragma clang loop unroll(full)
    for (int r = 0; r < rows; r++) {
      __m512bh weight = (__m512bh)_mm512_set1_epi32((int)w[i * ROWS + r]);
#pragma clang loop unroll(full)
      for (int c = 0; c < columns; c++) sums[r][c] = (vec)_mm512_dpbf16_ps((__m512)sums[r][c], weight, xs[c]);
    }
  }
#pragma clang loop unroll(full)
  for (int r = 0; r < rows; r++)
#pragma clang loop unroll(full)
    for (int c = 0; c < columns; c++) {
      const long left = count - c * LANES < LANES ? count - c * LANES : LANES;
      vec sum = sums[r][c];
      if (residual) sum += load_first(residual + residual_rows[m + r] + n + c * LANES, left);
      if (f == POSE_RELU) sum = pick(sum < 0, splat(0), sum);
      float *p = out + out_rows[m + r] + n + c * LANES;
      if (left == LANES) store(p, sum); else store_first(p, sum, left);
    }
}

#define TILE(R) case R: \
  if (count > 2 * LANES) tile(w, bias, pairs, residual, residual_rows, out, out_rows, k, m, n, count, f, R, 3); \
  else if (count > LANES) tile(w, bias, pairs, residual, residual_rows, out, out_rows, k, m, n, count, f, R, 2); \
  else tile(w, bias, pairs, residual, residual_rows, out, out_rows, k, m, n, count, f, R, 1); \
  break;

static void gemm(const float *weights, const float *bias, const float *x, const int32_t *x_rows, const float *residual,
                 const int32_t *residual_rows, float *out, const int32_t *out_rows, long k, long m0, long m1, long n0,
                 long n1, pose_unary function, float *scratch) {
  const pose_unary f = function == POSE_RELU ? POSE_RELU : POSE_IDENTITY;
  uint32_t *pairs = (uint32_t *)scratch;
  for (long n = n0; n < n1; n += BLOCK) {
    const long count = n1 - n < BLOCK ? n1 - n : BLOCK;
    pair_rows(x, x_rows, k, n, count, pairs);
    for (long m = m0; m < m1; m += ROWS) {
      const uint32_t *w = (const uint32_t *)weights + m * ((k + 1) / 2);
      switch (m1 - m < ROWS ? m1 - m : ROWS) {
        TILE(1) TILE(2) TILE(3) TILE(4) TILE(5) TILE(6) TILE(7) TILE(8)
      }
    }
  }
  if (f != function)
    for (long m = m0; m < m1; m++) {
      float *row = out + out_rows[m] + n0;
      unary(row, row, n1 - n0, function);
    }
}
#undef TILE

#pragma clang attribute pop

static const pose_reduced_gemm bfloat16 = {ROWS, 2, BLOCK, gemm};

const pose_reduced_gemm *pose_gemm_bfloat16(void) {
  return pose_kernels_avx512() && __builtin_cpu_supports("avx512bf16") ? &bfloat16 : 0;
}

#else

const pose_reduced_gemm *pose_gemm_bfloat16(void) { return 0; }

#endif
