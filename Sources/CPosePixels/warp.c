// Bilinear sampling. All four weights times 1024 are whole numbers, so a blend of rows and then of columns is exact.

#include "CPosePixels.h"

#include <string.h>

static inline uint8_t rounded(uint32_t sum) { return (uint8_t)((sum + 512) >> 10); }

#define BLEND_ROWS \
  for (long i = 0; i < count; i++) out[i] = (uint16_t)(above[i] * weight_above + below[i] * weight_below);

static void sample_row(
  const uint16_t *blended, const int32_t *offsets, const uint32_t *weights, long count, uint8_t *out) {
  for (long x = 0; x < count; x++) {
    const uint16_t *left = blended + offsets[x];
    const uint32_t own = weights[x] & 0xffff, next = weights[x] >> 16;
    for (int channel = 0; channel < 3; channel++) *out++ = rounded(left[channel] * own + left[channel + 3] * next);
  }
}

static void sample_anywhere(
  const pose_picture *picture, const int32_t *columns_x, const int32_t *columns_y, long row_x, long row_y, long count,
  uint8_t *out) {
  const long width = picture->width, height = picture->height;
  const uint8_t outside[3] = {picture->fill, picture->fill, picture->fill};
  for (long x = 0; x < count; x++, out += 3) {
    const long from_left = (row_x + columns_x[x]) >> 5, v = (row_y + columns_y[x]) >> 5;
    const long u = picture->is_mirrored ? (width - 1) * 32 - from_left : from_left;
    const long left = u >> 5, top = v >> 5;
    if (left < -1 || top < -1 || left >= width || top >= height) {
      out[0] = out[1] = out[2] = picture->fill;
      continue;
    }
    const uint32_t fx = (uint32_t)(u & 31), fy = (uint32_t)(v & 31);
    const uint32_t weights[4] = {(32 - fy) * (32 - fx), (32 - fy) * fx, fy * (32 - fx), fy * fx};
    if (left >= 0 && top >= 0 && left < width - 1 && top < height - 1) {
      const uint8_t *p = picture->pixels + top * picture->row_bytes + left * 3, *q = p + picture->row_bytes;
      for (int channel = 0; channel < 3; channel++)
        out[channel] = rounded(
          p[channel] * weights[0] + p[channel + 3] * weights[1] + q[channel] * weights[2] + q[channel + 3] * weights[3]);
      continue;
    }
    // At the border some of the four pixels are missing.
    uint32_t sums[3] = {0, 0, 0};
    for (int corner = 0; corner < 4; corner++) {
      const long column = left + (corner & 1), row = top + (corner >> 1);
      const int is_outside = column < 0 || row < 0 || column >= width || row >= height;
      const uint8_t *p = is_outside ? outside : picture->pixels + row * picture->row_bytes + column * 3;
      for (int channel = 0; channel < 3; channel++) sums[channel] += p[channel] * weights[corner];
    }
    for (int channel = 0; channel < 3; channel++) out[channel] = rounded(sums[channel]);
  }
}

#if defined(__x86_64__)

#include <immintrin.h>

__attribute__((target("avx2"))) static void blend_rows_avx2(
  const uint8_t *restrict above, const uint8_t *restrict below, int weight_above, int weight_below,
  uint16_t *restrict out, long count) {
  BLEND_ROWS
}

// Four pixels a turn: neighbours side by side, a multiply-add, 16 bytes packed to 12.
__attribute__((target("avx2"))) static void sample_row_avx2(
  const uint16_t *blended, const int32_t *offsets, const uint32_t *weights, long count, uint8_t *out) {
  const __m128i pairs = _mm_setr_epi8(0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11, -1, -1, -1, -1);
  const __m128i threes = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
  const __m128i half = _mm_set1_epi32(512);
  long x = 0;
  for (; x + 4 <= count; x += 4) {
    __m128i pixels[4];
    for (int i = 0; i < 4; i++) {
      const __m128i six = _mm_loadu_si128((const __m128i *)(blended + offsets[x + i]));
      const __m128i sums = _mm_madd_epi16(_mm_shuffle_epi8(six, pairs), _mm_set1_epi32((int)weights[x + i]));
      pixels[i] = _mm_srli_epi32(_mm_add_epi32(sums, half), 10);
    }
    const __m128i bytes =
      _mm_packus_epi16(_mm_packus_epi32(pixels[0], pixels[1]), _mm_packus_epi32(pixels[2], pixels[3]));
    _mm_storeu_si128((__m128i *)(out + 3 * x), _mm_shuffle_epi8(bytes, threes));
  }
  sample_row(blended, offsets + x, weights + x, count - x, out + 3 * x);
}

// Whether sums of both parts of a position and the picture's addresses are 32-bit numbers.
static int fits_32_bits(const pose_picture *picture, const int32_t *columns, long row, long count) {
  const long half = 1L << 30, first = columns[0], last = columns[count - 1];
  return row > -half && row < half && first > -half && first < half && last > -half && last < half &&
         picture->height * picture->row_bytes < 2 * half - 8;
}

// Eight positions a turn, where all their neighbours lie in the picture; each pixel is a load of both rows, which are
// interleaved, multiplied by the rows' weights and added, then by the columns'.
__attribute__((target("avx2"))) static void sample_anywhere_avx2(
  const pose_picture *picture, const int32_t *columns_x, const int32_t *columns_y, int row_x, int row_y, long count,
  uint8_t *out) {
  const __m256i bias_x = _mm256_set1_epi32(row_x), bias_y = _mm256_set1_epi32(row_y), low = _mm256_set1_epi32(31);
  const __m256i most_x = _mm256_set1_epi32((int)(picture->width - 1) * 32), ones = _mm256_set1_epi32(-1);
  // Loads take eight bytes, two more than a pixel and its neighbour have.
  const __m256i end_x = _mm256_set1_epi32((int)picture->width - 2);
  const __m256i end_y = _mm256_set1_epi32((int)picture->height - 1);
  const __m256i row_bytes = _mm256_set1_epi32((int)picture->row_bytes), side = _mm256_set1_epi32(32);
  const __m128i pairs = _mm_setr_epi8(0, 1, 6, 7, 2, 3, 8, 9, 4, 5, 10, 11, -1, -1, -1, -1);
  const __m128i threes = _mm_setr_epi8(0, 1, 2, 4, 5, 6, 8, 9, 10, 12, 13, 14, -1, -1, -1, -1);
  const __m128i half = _mm_set1_epi32(512);
  int offsets[8], across[8], down[8];
  long x = 0;
  for (; x + 8 <= count; x += 8) {
    __m256i u = _mm256_add_epi32(_mm256_loadu_si256((const __m256i *)(columns_x + x)), bias_x);
    __m256i v = _mm256_add_epi32(_mm256_loadu_si256((const __m256i *)(columns_y + x)), bias_y);
    u = _mm256_srai_epi32(u, 5);
    v = _mm256_srai_epi32(v, 5);
    if (picture->is_mirrored) u = _mm256_sub_epi32(most_x, u);
    const __m256i left = _mm256_srai_epi32(u, 5), top = _mm256_srai_epi32(v, 5);
    const __m256i inside = _mm256_and_si256(
      _mm256_and_si256(_mm256_cmpgt_epi32(left, ones), _mm256_cmpgt_epi32(end_x, left)),
      _mm256_and_si256(_mm256_cmpgt_epi32(top, ones), _mm256_cmpgt_epi32(end_y, top)));
    if (_mm256_movemask_epi8(inside) != -1) {
      sample_anywhere(picture, columns_x + x, columns_y + x, row_x, row_y, 8, out + 3 * x);
      continue;
    }
    const __m256i offset =
      _mm256_add_epi32(_mm256_mullo_epi32(top, row_bytes), _mm256_add_epi32(left, _mm256_slli_epi32(left, 1)));
    const __m256i fx = _mm256_and_si256(u, low), fy = _mm256_and_si256(v, low);
    _mm256_storeu_si256((__m256i *)offsets, offset);
    _mm256_storeu_si256(
      (__m256i *)across, _mm256_or_si256(_mm256_sub_epi32(side, fx), _mm256_slli_epi32(fx, 16)));
    _mm256_storeu_si256((__m256i *)down, _mm256_or_si256(_mm256_sub_epi32(side, fy), _mm256_slli_epi32(fy, 8)));
    __m128i pixels[8];
    for (int i = 0; i < 8; i++) {
      const uint8_t *above = picture->pixels + offsets[i];
      const __m128i rows = _mm_unpacklo_epi8(
        _mm_loadl_epi64((const __m128i *)above), _mm_loadl_epi64((const __m128i *)(above + picture->row_bytes)));
      const __m128i blended = _mm_maddubs_epi16(rows, _mm_set1_epi16((short)down[i]));
      const __m128i sums = _mm_madd_epi16(_mm_shuffle_epi8(blended, pairs), _mm_set1_epi32(across[i]));
      pixels[i] = _mm_srli_epi32(_mm_add_epi32(sums, half), 10);
    }
    for (int i = 0; i < 8; i += 4) {
      const __m128i bytes = _mm_packus_epi16(
        _mm_packus_epi32(pixels[i], pixels[i + 1]), _mm_packus_epi32(pixels[i + 2], pixels[i + 3]));
      _mm_storeu_si128((__m128i *)(out + 3 * (x + i)), _mm_shuffle_epi8(bytes, threes));
    }
  }
  sample_anywhere(picture, columns_x + x, columns_y + x, row_x, row_y, count - x, out + 3 * x);
}

#endif

void pose_blend_rows(
  const uint8_t *restrict above, const uint8_t *restrict below, int weight_above, int weight_below,
  uint16_t *restrict out, long count) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) {
    blend_rows_avx2(above, below, weight_above, weight_below, out, count);
    return;
  }
#endif
  BLEND_ROWS
}

void pose_sample_row(
  const uint16_t *blended, const int32_t *offsets, const uint32_t *weights, long count, uint8_t *out) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2")) {
    sample_row_avx2(blended, offsets, weights, count, out);
    return;
  }
#endif
  sample_row(blended, offsets, weights, count, out);
}

void pose_sample_anywhere(
  const pose_picture *picture, const int32_t *columns_x, const int32_t *columns_y, long row_x, long row_y, long count,
  uint8_t *out) {
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx2") && fits_32_bits(picture, columns_x, row_x, count) &&
      fits_32_bits(picture, columns_y, row_y, count)) {
    sample_anywhere_avx2(picture, columns_x, columns_y, (int)row_x, (int)row_y, count, out);
    return;
  }
#endif
  sample_anywhere(picture, columns_x, columns_y, row_x, row_y, count, out);
}

// Two neighbours' values of a channel, to be written at once.
static inline void look_up_two(const uint8_t *row, const float *table, float *out) {
  uint32_t first, second;
  memcpy(&first, table + row[0], 4);
  memcpy(&second, table + row[3], 4);
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
  const uint64_t both = first | (uint64_t)second << 32;
#else
  const uint64_t both = second | (uint64_t)first << 32;
#endif
  memcpy(out, &both, 8);
}

void pose_look_up_row(
  const uint8_t *restrict row, long count, const float *restrict tables, float *restrict red, float *restrict green,
  float *restrict blue) {
  long x = 0;
  for (; x + 2 <= count; x += 2) {
    look_up_two(row + 3 * x, tables, red + x);
    look_up_two(row + 3 * x + 1, tables + 256, green + x);
    look_up_two(row + 3 * x + 2, tables + 512, blue + x);
  }
  for (; x < count; x++) {
    red[x] = tables[row[3 * x]];
    green[x] = tables[256 + row[3 * x + 1]];
    blue[x] = tables[512 + row[3 * x + 2]];
  }
}
