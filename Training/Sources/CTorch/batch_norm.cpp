// Batch normalisation in training, of float32 images on the CPU, with the ReLU that often follows.
//
// ATen's own walks through the images seven times forward and, with a ReLU, six times backward. Here a thread takes whole
// channels, which stay in its cache from one pass to the next: two passes each way.
#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <cmath>

#include "conversions.hpp"
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

VECTORIZED void scale(const float *x, float *y, long count, float factor, float offset, bool relu) {
  REASSOCIATE
  if (relu) {
    for (long i = 0; i < count; i++) {
      float value = x[i] * factor + offset;
      y[i] = value > 0 ? value : 0;
    }
  } else {
    for (long i = 0; i < count; i++) y[i] = x[i] * factor + offset;
  }
}

// Of the gradient and of its product with x - mean; nothing comes through where the ReLU gave zero.
VECTORIZED Sums gradient_moments(const float *x, const float *y, const float *g, long count, float mean) {
  REASSOCIATE
  double first = 0, second = 0;
  for (long start = 0; start < count; start += block) {
    long end = std::min(start + block, count);
    float part = 0, product = 0;
    if (y) {
      for (long i = start; i < end; i++) {
        float gradient = y[i] > 0 ? g[i] : 0;
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

// (gradient - offset - (x - mean) * slope) * factor
VECTORIZED void input_gradient(
    const float *x, const float *y, const float *g, float *result, long count, float mean, float offset, float slope,
    float factor) {
  REASSOCIATE
  if (y) {
    for (long i = 0; i < count; i++) {
      float gradient = y[i] > 0 ? g[i] : 0;
      result[i] = (gradient - offset - (x[i] - mean) * slope) * factor;
    }
  } else {
    for (long i = 0; i < count; i++) result[i] = (g[i] - offset - (x[i] - mean) * slope) * factor;
  }
}

struct Planes {
  long images, channels, size;

  explicit Planes(const at::Tensor &x) : images(x.size(0)), channels(x.size(1)), size(x.numel() / (images * channels)) {}
  long count() const { return images * size; }
  long at(long image, long channel) const { return (image * channels + channel) * size; }

  template <typename Body>
  void each_channel(Body body) const {
    at::parallel_for(0, channels, 1, [&](long begin, long end) {
      for (long channel = begin; channel < end; channel++) body(channel);
    });
  }
};

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

struct BatchNorm : torch::autograd::Function<BatchNorm> {
  static at::Tensor forward(
      AutogradContext *context, const at::Tensor &input, const at::Tensor &weight, const at::Tensor &bias,
      const std::optional<at::Tensor> &mean, const std::optional<at::Tensor> &variance, double momentum,
      double epsilon, bool relu) {
    auto x = input.contiguous();
    auto y = at::empty_like(x);
    Planes planes(x);
    // The channels' means and inverse deviations.
    auto statistics = at::empty({2, planes.channels}, x.options());
    auto *source = x.const_data_ptr<float>();
    auto *target = y.data_ptr<float>();
    auto *saved = statistics.data_ptr<float>();
    auto *w = weight.const_data_ptr<float>();
    auto *b = bias.const_data_ptr<float>();
    auto *running_mean = mean ? mean->data_ptr<float>() : nullptr;
    auto *running_variance = variance ? variance->data_ptr<float>() : nullptr;
    planes.each_channel([&](long c) {
      // Plane by plane, then merged as Chan et al. (1983) do: squares of the values themselves would cancel.
      double count = 0;
      double center = 0;
      double squares = 0;
      for (long n = 0; n < planes.images; n++) {
        Sums sums = moments(source + planes.at(n, c), planes.size);
        double step = sums.first / static_cast<double>(planes.size) - center;
        double merged = count + static_cast<double>(planes.size);
        center += step * static_cast<double>(planes.size) / merged;
        squares += sums.second + step * step * count * static_cast<double>(planes.size) / merged;
        count = merged;
      }
      double spread = squares / count;
      double inverse = 1 / std::sqrt(spread + epsilon);
      saved[c] = static_cast<float>(center);
      saved[planes.channels + c] = static_cast<float>(inverse);
      if (running_mean) {
        running_mean[c] = static_cast<float>((1 - momentum) * running_mean[c] + momentum * center);
        double unbiased = squares / (count - 1);
        running_variance[c] = static_cast<float>((1 - momentum) * running_variance[c] + momentum * unbiased);
      }
      auto factor = static_cast<float>(w[c] * inverse);
      auto offset = static_cast<float>(b[c] - center * inverse * w[c]);
      for (long n = 0; n < planes.images; n++) {
        scale(source + planes.at(n, c), target + planes.at(n, c), planes.size, factor, offset, relu);
      }
    });
    context->save_for_backward({x, weight, statistics, relu ? y : at::Tensor()});
    return y;
  }

  static tensor_list backward(AutogradContext *context, tensor_list gradients) {
    auto saved = context->get_saved_variables();
    auto g = gradients[0].contiguous();
    auto result = at::empty_like(saved[0]);
    Planes planes(saved[0]);
    auto weight_gradient = at::empty_like(saved[1]);
    auto bias_gradient = at::empty_like(saved[1]);
    auto *x = saved[0].const_data_ptr<float>();
    auto *w = saved[1].const_data_ptr<float>();
    auto *statistics = saved[2].const_data_ptr<float>();
    auto *y = saved[3].defined() ? saved[3].const_data_ptr<float>() : nullptr;
    auto *source = g.const_data_ptr<float>();
    auto *target = result.data_ptr<float>();
    auto *dw = weight_gradient.data_ptr<float>();
    auto *db = bias_gradient.data_ptr<float>();
    planes.each_channel([&](long c) {
      float mean = statistics[c];
      double inverse = statistics[planes.channels + c];
      double first = 0;
      double second = 0;
      for (long n = 0; n < planes.images; n++) {
        long i = planes.at(n, c);
        Sums sums = gradient_moments(x + i, y ? y + i : nullptr, source + i, planes.size, mean);
        first += sums.first;
        second += sums.second;
      }
      db[c] = static_cast<float>(first);
      dw[c] = static_cast<float>(second * inverse);
      double count = static_cast<double>(planes.count());
      auto offset = static_cast<float>(first / count);
      auto slope = static_cast<float>(second / count * inverse * inverse);
      auto factor = static_cast<float>(inverse * w[c]);
      for (long n = 0; n < planes.images; n++) {
        long i = planes.at(n, c);
        input_gradient(
            x + i, y ? y + i : nullptr, source + i, target + i, planes.size, mean, offset, slope, factor);
      }
    });
    return {result, weight_gradient, bias_gradient, {}, {}, {}, {}, {}};
  }
};

}  // namespace

bool torch_can_batch_norm(torch_tensor x) {
  const at::Tensor &tensor = borrow(x);
  return tensor.is_cpu() && tensor.scalar_type() == at::kFloat && tensor.dim() == 4 &&
         tensor.numel() > tensor.size(1);
}

torch_tensor torch_batch_norm_relu(
    torch_tensor x, torch_tensor weight, torch_tensor bias, torch_tensor mean, torch_tensor variance, double momentum,
    double epsilon, bool relu) {
  return attempt<torch_tensor>([&] {
    return give(BatchNorm::apply(
        borrow(x), borrow(weight), borrow(bias), optional_tensor(mean), optional_tensor(variance), momentum, epsilon, relu));
  });
}
