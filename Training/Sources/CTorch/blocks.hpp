// Planes and coarser ones, each of whose values stands for a block of pixels.
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>

#include "vectorize.hpp"

namespace {

// Of one plane: a coarse value for each block of `rows` x `columns` pixels.
struct Blocks {
  long height, width, rows, columns;

  Blocks(long height, long width, const at::Tensor &coarse)
      : height(height), width(width), rows(height / coarse.size(2)), columns(width / coarse.size(3)) {}
  long across() const { return width / columns; }
  // The coarse row that row h lies in.
  long row(long h) const { return h / rows * across(); }
};

inline bool are_blocks(const at::Tensor &coarse, long height, long width) {
  return coarse.dim() == 4 && coarse.numel() > 0 && height % coarse.size(2) == 0 && width % coarse.size(3) == 0;
}

inline void widen(const Blocks &b, const float *coarse, float *row) {
  for (long w = 0; w < b.width; w++) row[w] = coarse[w / b.columns];
}

VECTORIZED void add(const float *__restrict x, float *__restrict sums, long count) {
  for (long w = 0; w < count; w++) sums[w] += x[w];
}

// Each block's sum, from the sums of its columns.
inline void narrow(const Blocks &b, const float *row, double factor, float *coarse) {
  for (long w = 0; w < b.width; w += b.columns) {
    double sum = 0;
    for (long i = w; i < w + b.columns; i++) sum += row[i];
    *coarse++ = static_cast<float>(sum * factor);
  }
}

// The sums of a plane's blocks, times a factor; takes a row.
inline void sum_blocks(const Blocks &b, const float *x, double factor, float *coarse, float *row) {
  for (long h = 0; h < b.height; h += b.rows) {
    std::fill(row, row + b.width, 0.0f);
    for (long i = h; i < h + b.rows; i++) add(x + i * b.width, row, b.width);
    narrow(b, row, factor, coarse + b.row(h));
  }
}

}  // namespace
