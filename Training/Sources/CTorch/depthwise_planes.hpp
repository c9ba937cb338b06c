// Depthwise 3x3 convolutions with padding 1 and stride 1 or 2, plane by plane.
//
// Each plane is copied once into a bordered buffer that fits the cache; with stride 2 even and odd columns lie apart, so
// that all loops run along rows without a gap.
#pragma once

#include <algorithm>

#include "vectorize.hpp"

namespace {

// The geometry of a plane, and of its bordered buffer: `stride` parts of rows x part columns.
struct Taps {
  long height, width, out_height, out_width, stride, rows, part;

  Taps(long height, long width, long stride)
      : height(height),
        width(width),
        out_height((height - 1) / stride + 1),
        out_width((width - 1) / stride + 1),
        stride(stride),
        rows(out_height * stride + 2),
        part(out_width + 2) {}

  long size() const { return height * width; }
  long out_size() const { return out_height * out_width; }
  long buffer() const { return stride * rows * part; }
  // Where tap (i, j) of output row h reads its first column.
  long tap(long h, long i, long j) const { return ((j % stride) * rows + h * stride + i) * part + j / stride; }
};

// The border stays zero.
VECTORIZED void load(const Taps &p, const float *x, float *buffer) {
  if (p.stride == 1) {
    for (long h = 0; h < p.height; h++) {
      float *row = buffer + (h + 1) * p.part + 1;
      for (long w = 0; w < p.width; w++) row[w] = x[h * p.width + w];
    }
  } else {
    // Column w of the image is column w + 1 of the bordered one.
    for (long h = 0; h < p.height; h++) {
      float *even = buffer + (h + 1) * p.part;
      float *odd = even + p.rows * p.part;
      for (long w = 0; w < p.width / 2; w++) {
        odd[w] = x[h * p.width + 2 * w];
        even[w + 1] = x[h * p.width + 2 * w + 1];
      }
      if (p.width % 2) odd[p.width / 2] = x[h * p.width + p.width - 1];
    }
  }
}

// Of stride 2.
VECTORIZED void store(const Taps &p, const float *buffer, float *x) {
  for (long h = 0; h < p.height; h++) {
    const float *even = buffer + (h + 1) * p.part;
    const float *odd = even + p.rows * p.part;
    for (long w = 0; w < p.width / 2; w++) {
      x[h * p.width + 2 * w] = odd[w];
      x[h * p.width + 2 * w + 1] = even[w + 1];
    }
    if (p.width % 2) x[h * p.width + p.width - 1] = odd[p.width / 2];
  }
}

VECTORIZED void convolve(const Taps &p, const float *buffer, const float *k, float bias, float *y) {
  REASSOCIATE
  const float k0 = k[0], k1 = k[1], k2 = k[2], k3 = k[3], k4 = k[4], k5 = k[5], k6 = k[6], k7 = k[7], k8 = k[8];
  const long width = p.out_width;
  for (long h = 0; h < p.out_height; h++) {
    const float *a = buffer + p.tap(h, 0, 0), *b = buffer + p.tap(h, 0, 1), *c = buffer + p.tap(h, 0, 2);
    const float *d = a + p.part, *e = b + p.part, *f = c + p.part;
    const float *g = d + p.part, *i = e + p.part, *j = f + p.part;
    float *__restrict row = y + h * width;
#pragma clang loop vectorize(assume_safety)
    for (long w = 0; w < width; w++) {
      row[w] = bias + k0 * a[w] + k1 * b[w] + k2 * c[w] + k3 * d[w] + k4 * e[w] + k5 * f[w] + k6 * g[w] +
               k7 * i[w] + k8 * j[w];
    }
  }
}

// Adds each tap's product of the gradient and what it read.
VECTORIZED void weight_gradient(const Taps &p, const float *buffer, const float *g, double *sums) {
  REASSOCIATE
  const long width = p.out_width;
  float s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0, s8 = 0;
  for (long h = 0; h < p.out_height; h++) {
    const float *row = g + h * width;
    const float *a = buffer + p.tap(h, 0, 0), *b = buffer + p.tap(h, 0, 1), *c = buffer + p.tap(h, 0, 2);
    const float *d = a + p.part, *e = b + p.part, *f = c + p.part;
    const float *i = d + p.part, *j = e + p.part, *l = f + p.part;
#pragma clang loop vectorize(assume_safety)
    for (long w = 0; w < width; w++) {
      float v = row[w];
      s0 += v * a[w];
      s1 += v * b[w];
      s2 += v * c[w];
      s3 += v * d[w];
      s4 += v * e[w];
      s5 += v * f[w];
      s6 += v * i[w];
      s7 += v * j[w];
      s8 += v * l[w];
    }
  }
  const float all[9] = {s0, s1, s2, s3, s4, s5, s6, s7, s8};
  for (int t = 0; t < 9; t++) sums[t] += all[t];
}

// Adds the gradient to what each tap read, with stride 2.
VECTORIZED void scatter(const Taps &p, const float *g, const float *k, float *buffer) {
  REASSOCIATE
  const long width = p.out_width;
  for (long h = 0; h < p.out_height; h++) {
    const float *__restrict row = g + h * width;
    for (long i = 0; i < 3; i++) {
      const float left = k[i * 3], middle = k[i * 3 + 1], right = k[i * 3 + 2];
      float *__restrict even = buffer + p.tap(h, i, 0);
      float *__restrict odd = buffer + p.tap(h, i, 1);
      for (long w = 0; w < width; w++) even[w] += left * row[w];
      for (long w = 0; w < width; w++) odd[w] += middle * row[w];
      for (long w = 0; w < width; w++) even[w + 1] += right * row[w];
    }
  }
}

// Writes the gradient of a plane, given the result's and the taps; takes a bordered buffer.
void plane_gradient(const Taps &p, const float *g, const float *k, float *buffer, float *dx) {
  if (p.stride == 1) {
    // The gradient convolved with the taps turned around.
    float turned[9];
    for (int t = 0; t < 9; t++) turned[t] = k[8 - t];
    load(p, g, buffer);
    convolve(p, buffer, turned, 0, dx);
  } else {
    std::fill(buffer, buffer + p.buffer(), 0.0f);
    scatter(p, g, k, buffer);
    store(p, buffer, dx);
  }
}

}  // namespace
