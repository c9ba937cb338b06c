// What batch normalisation does to a channel: the loops over a plane, and the statistics of all its planes.
#pragma once

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>

#include "vectorize.hpp"

namespace {

struct Sums {
  double first, second;
};

// Sums of so many numbers are float32, sums of those double: what rounding leaves is the same for a whole channel, and
// the layers below would make it larger.
constexpr long block = 512;

// The sum, and the sum of squared deviations from the mean.
VECTORIZED Sums moments(const float *x, long count) {
  REASSOCIATE
  double sum = 0, squares = 0;
  for (long start = 0; start < count; start += block) {
    float part = 0;
    for (long i = start; i < std::min(start + block, count); i++) part += x[i];
    sum += part;
  }
  float mean = static_cast<float>(sum / static_cast<double>(count));
  for (long start = 0; start < count; start += block) {
    float part = 0;
    for (long i = start; i < std::min(start + block, count); i++) part += (x[i] - mean) * (x[i] - mean);
    squares += part;
  }
  return {sum, squares};
}

// May write over what it reads.
VECTORIZED void scale(const float *x, float *y, long count, float factor, float offset, bool relu) {
  REASSOCIATE
  if (relu) {
#pragma clang loop vectorize(assume_safety)
    for (long i = 0; i < count; i++) {
      float value = x[i] * factor + offset;
      y[i] = value > 0 ? value : 0;
    }
  } else {
#pragma clang loop vectorize(assume_safety)
    for (long i = 0; i < count; i++) y[i] = x[i] * factor + offset;
  }
}

// A channel's statistics, and what makes results of inputs.
struct Norm {
  float mean, inverse, factor, offset;
  bool relu;
};

// Of the gradient and of its product with x - mean; nothing comes through where the ReLU gave zero.
VECTORIZED Sums gradient_moments(const float *x, const float *g, long count, const Norm &norm) {
  REASSOCIATE
  double first = 0, second = 0;
  const float mean = norm.mean, factor = norm.factor, offset = norm.offset;
  for (long start = 0; start < count; start += block) {
    long end = std::min(start + block, count);
    float part = 0, product = 0;
    if (norm.relu) {
      for (long i = start; i < end; i++) {
        float gradient = x[i] * factor + offset > 0 ? g[i] : 0;
        part += gradient;
        product += gradient * (x[i] - mean);
      }
    } else {
      for (long i = start; i < end; i++) {
        part += g[i];
        product += g[i] * (x[i] - mean);
      }
    }
    first += part;
    second += product;
  }
  return {first, second};
}

// (gradient - center - (x - mean) * slope) * scale; may write over what it reads.
struct NormGradient {
  float center, slope, scale;
};

VECTORIZED void input_gradient(
    const float *x, const float *g, float *result, long count, const Norm &norm, const NormGradient &gradients) {
  REASSOCIATE
  const float mean = norm.mean, factor = norm.factor, offset = norm.offset;
  const float center = gradients.center, slope = gradients.slope, scale = gradients.scale;
  if (norm.relu) {
#pragma clang loop vectorize(assume_safety)
    for (long i = 0; i < count; i++) {
      float gradient = x[i] * factor + offset > 0 ? g[i] : 0;
      result[i] = (gradient - center - (x[i] - mean) * slope) * scale;
    }
  } else {
#pragma clang loop vectorize(assume_safety)
    for (long i = 0; i < count; i++) result[i] = (g[i] - center - (x[i] - mean) * slope) * scale;
  }
}

// Plane by plane, then merged as Chan et al. (1983) do: squares of the values themselves would cancel.
class ChannelMoments {
  double count = 0, center = 0, squares = 0;

 public:
  void add(const float *plane, long size) {
    Sums sums = moments(plane, size);
    double step = sums.first / static_cast<double>(size) - center;
    double merged = count + static_cast<double>(size);
    center += step * static_cast<double>(size) / merged;
    squares += sums.second + step * step * count * static_cast<double>(size) / merged;
    count = merged;
  }

  Norm norm(float weight, float bias, double epsilon, bool relu) const {
    double inverse = 1 / std::sqrt(squares / count + epsilon);
    return {static_cast<float>(center), static_cast<float>(inverse), static_cast<float>(weight * inverse),
            static_cast<float>(bias - center * inverse * weight), relu};
  }

  void move(float &mean, float &variance, double momentum) const {
    mean = static_cast<float>((1 - momentum) * mean + momentum * center);
    variance = static_cast<float>((1 - momentum) * variance + momentum * squares / (count - 1));
  }
};

// A layer's parameters, its running statistics where they move, and what the way back needs of each channel.
struct NormLayer {
  const at::Tensor &weight, &bias;
  const std::optional<at::Tensor> &mean, &variance;
  double momentum, epsilon;
  bool relu;

  // Works out a channel, moves its running statistics, and saves it in row `channel` of the statistics.
  Norm settle(const ChannelMoments &moments, long channel, float *statistics) const {
    Norm norm = moments.norm(
        weight.const_data_ptr<float>()[channel], bias.const_data_ptr<float>()[channel], epsilon, relu);
    if (mean) moments.move(mean->data_ptr<float>()[channel], variance->data_ptr<float>()[channel], momentum);
    float *row = statistics + channel * 4;
    row[0] = norm.mean, row[1] = norm.inverse, row[2] = norm.factor, row[3] = norm.offset;
    return norm;
  }
};

inline Norm saved_norm(const float *statistics, long channel, bool relu) {
  const float *row = statistics + channel * 4;
  return {row[0], row[1], row[2], row[3], relu};
}

// Of a channel of `count` values whose gradients sum to these, with x - mean in the second; gives the parameters' as well.
inline NormGradient norm_gradient(
    const Norm &norm, Sums sums, long count, float &weight_gradient, float &bias_gradient) {
  double inverse = norm.inverse;
  bias_gradient = static_cast<float>(sums.first);
  weight_gradient = static_cast<float>(sums.second * inverse);
  return {static_cast<float>(sums.first / static_cast<double>(count)),
          static_cast<float>(sums.second / static_cast<double>(count) * inverse * inverse), norm.factor};
}

}  // namespace
