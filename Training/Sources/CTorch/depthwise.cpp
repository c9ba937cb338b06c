// Depthwise 3x3 convolutions, alone and with the batch norm that follows, of float32 images on the CPU.
//
// ATen's go through oneDNN, which first turns every image into its own layout and back. Here a thread takes whole
// channels, from the convolution to the normalised result while they are in its cache; on the way back it convolves again
// rather than read what it would have had to write.
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/sum.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "conversions.hpp"
#include "depthwise_planes.hpp"
#include "norm_planes.hpp"
#include "planes.hpp"

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

// Bordered buffers, whose borders are zero.
Scratch buffers(const Taps &taps, long count) {
  Scratch scratch(taps.buffer() * count);
  std::fill(scratch.get(), scratch.get() + taps.buffer() * count, 0.0f);
  return scratch;
}

struct Depthwise : torch::autograd::Function<Depthwise> {
  static at::Tensor forward(
      AutogradContext *context, const at::Tensor &input, const at::Tensor &weight,
      const std::optional<at::Tensor> &bias, int64_t stride) {
    auto x = with_planes(input);
    auto k = weight.contiguous();
    Planes from(x);
    Taps taps(from.height, from.width, stride);
    auto y = at::empty({from.images, from.channels, taps.out_height, taps.out_width}, x.options());
    Planes to(y);
    auto *source = x.const_data_ptr<float>();
    auto *factors = k.const_data_ptr<float>();
    auto *biases = bias ? bias->const_data_ptr<float>() : nullptr;
    auto *target = y.data_ptr<float>();
    at::parallel_for(0, from.channels, 1, [&](long begin, long end) {
      Scratch buffer = buffers(taps, 1);
      for (long c = begin; c < end; c++) {
        for (long n = 0; n < from.images; n++) {
          load(taps, source + from.at(n, c), buffer.get());
          convolve(taps, buffer.get(), factors + c * 9, biases ? biases[c] : 0, target + to.at(n, c));
        }
      }
    });
    context->save_for_backward({x, k});
    context->saved_data["stride"] = stride;
    context->saved_data["bias"] = bias.has_value();
    return y;
  }

  static tensor_list backward(AutogradContext *context, tensor_list gradients) {
    auto saved = context->get_saved_variables();
    auto g = with_planes(gradients[0]);
    bool wants_input = context->needs_input_grad(0);
    auto x_gradient = wants_input ? at::empty(saved[0].sizes(), saved[0].options()) : at::Tensor();
    auto k_gradient = at::empty_like(saved[1]);
    Planes planes(saved[0]), from(g), to(wants_input ? x_gradient : saved[0]);
    Taps taps(planes.height, planes.width, context->saved_data["stride"].toInt());
    auto *x = saved[0].const_data_ptr<float>();
    auto *k = saved[1].const_data_ptr<float>();
    auto *source = g.const_data_ptr<float>();
    auto *dx = wants_input ? x_gradient.data_ptr<float>() : nullptr;
    auto *dk = k_gradient.data_ptr<float>();
    at::parallel_for(0, planes.channels, 1, [&](long begin, long end) {
      Scratch bordered = buffers(taps, 1);
      Scratch buffer = buffers(taps, 1);
      for (long c = begin; c < end; c++) {
        double sums[9] = {};
        for (long n = 0; n < planes.images; n++) {
          load(taps, x + planes.at(n, c), bordered.get());
          weight_gradient(taps, bordered.get(), source + from.at(n, c), sums);
          if (dx) plane_gradient(taps, source + from.at(n, c), k + c * 9, buffer.get(), dx + to.at(n, c));
        }
        for (int t = 0; t < 9; t++) dk[c * 9 + t] = static_cast<float>(sums[t]);
      }
    });
    auto bias_gradient = context->saved_data["bias"].toBool() ? g.sum({0, 2, 3}) : at::Tensor();
    return {x_gradient, k_gradient, bias_gradient, {}};
  }
};

struct DepthwiseNorm : torch::autograd::Function<DepthwiseNorm> {
  static at::Tensor forward(
      AutogradContext *context, const at::Tensor &input, const at::Tensor &weight, int64_t stride,
      const at::Tensor &norm_weight, const at::Tensor &norm_bias, const std::optional<at::Tensor> &mean,
      const std::optional<at::Tensor> &variance, double momentum, double epsilon, bool relu) {
    auto x = with_planes(input);
    auto k = weight.contiguous();
    Planes from(x);
    Taps taps(from.height, from.width, stride);
    auto y = at::empty({from.images, from.channels, taps.out_height, taps.out_width}, x.options());
    Planes to(y);
    auto statistics = at::empty({from.channels, 4}, x.options());
    NormLayer layer{norm_weight, norm_bias, mean, variance, momentum, epsilon, relu};
    auto *source = x.const_data_ptr<float>();
    auto *factors = k.const_data_ptr<float>();
    auto *target = y.data_ptr<float>();
    auto *saved = statistics.data_ptr<float>();
    at::parallel_for(0, from.channels, 1, [&](long begin, long end) {
      Scratch buffer = buffers(taps, 1);
      for (long c = begin; c < end; c++) {
        ChannelMoments moments;
        for (long n = 0; n < from.images; n++) {
          float *plane = target + to.at(n, c);
          load(taps, source + from.at(n, c), buffer.get());
          convolve(taps, buffer.get(), factors + c * 9, 0, plane);
          moments.add(plane, to.size);
        }
        Norm norm = layer.settle(moments, c, saved);
        for (long n = 0; n < from.images; n++) {
          float *plane = target + to.at(n, c);
          scale(plane, plane, to.size, norm.factor, norm.offset, relu);
        }
      }
    });
    context->save_for_backward({x, k, norm_weight, statistics});
    context->saved_data["stride"] = stride;
    context->saved_data["relu"] = relu;
    return y;
  }

  static tensor_list backward(AutogradContext *context, tensor_list gradients) {
    auto saved = context->get_saved_variables();
    auto g = with_planes(gradients[0]);
    bool wants_input = context->needs_input_grad(0);
    bool relu = context->saved_data["relu"].toBool();
    auto x_gradient = wants_input ? at::empty(saved[0].sizes(), saved[0].options()) : at::Tensor();
    auto k_gradient = at::empty_like(saved[1]);
    auto scale_gradient = at::empty_like(saved[2]);
    auto bias_gradient = at::empty_like(saved[2]);
    Planes planes(saved[0]), from(g), to(wants_input ? x_gradient : saved[0]);
    Taps taps(planes.height, planes.width, context->saved_data["stride"].toInt());
    auto *x = saved[0].const_data_ptr<float>();
    auto *k = saved[1].const_data_ptr<float>();
    auto *statistics = saved[3].const_data_ptr<float>();
    auto *source = g.const_data_ptr<float>();
    auto *dx = wants_input ? x_gradient.data_ptr<float>() : nullptr;
    auto *dk = k_gradient.data_ptr<float>();
    auto *dw = scale_gradient.data_ptr<float>();
    auto *db = bias_gradient.data_ptr<float>();
    at::parallel_for(0, planes.channels, 1, [&](long begin, long end) {
      // Every image's bordered plane, and what the convolution made of it.
      Scratch bordered = buffers(taps, planes.images);
      Scratch convolved(from.size * planes.images);
      Scratch buffer = buffers(taps, 1);
      for (long c = begin; c < end; c++) {
        Norm norm = saved_norm(statistics, c, relu);
        Sums all{0, 0};
        for (long n = 0; n < planes.images; n++) {
          float *plane = bordered.get() + n * taps.buffer();
          float *y = convolved.get() + n * from.size;
          load(taps, x + planes.at(n, c), plane);
          convolve(taps, plane, k + c * 9, 0, y);
          Sums sums = gradient_moments(y, source + from.at(n, c), from.size, norm);
          all.first += sums.first;
          all.second += sums.second;
        }
        auto gradient = norm_gradient(norm, all, from.size * planes.images, dw[c], db[c]);
        double sums[9] = {};
        for (long n = 0; n < planes.images; n++) {
          float *y = convolved.get() + n * from.size;
          input_gradient(y, source + from.at(n, c), y, from.size, norm, gradient);
          weight_gradient(taps, bordered.get() + n * taps.buffer(), y, sums);
          if (dx) plane_gradient(taps, y, k + c * 9, buffer.get(), dx + to.at(n, c));
        }
        for (int t = 0; t < 9; t++) dk[c * 9 + t] = static_cast<float>(sums[t]);
      }
    });
    return {x_gradient, k_gradient, {}, scale_gradient, bias_gradient, {}, {}, {}, {}, {}};
  }
};

}  // namespace

bool torch_can_depthwise(torch_tensor x) { return is_float_images(borrow(x)); }

torch_tensor torch_depthwise3x3(torch_tensor x, torch_tensor weight, torch_tensor bias, long stride) {
  return attempt<torch_tensor>([&] {
    return give(Depthwise::apply(borrow(x), borrow(weight), optional_tensor(bias), static_cast<int64_t>(stride)));
  });
}

bool torch_can_depthwise3x3_norm(torch_tensor x, long stride) {
  const at::Tensor &tensor = borrow(x);
  if (!is_float_images(tensor)) return false;
  // One value has no variance.
  return tensor.size(0) * Taps(tensor.size(2), tensor.size(3), stride).out_size() > 1;
}

torch_tensor torch_depthwise3x3_norm(
    torch_tensor x, torch_tensor weight, long stride, torch_tensor norm_weight, torch_tensor norm_bias,
    torch_tensor mean, torch_tensor variance, double momentum, double epsilon, bool relu) {
  return attempt<torch_tensor>([&] {
    return give(DepthwiseNorm::apply(
        borrow(x), borrow(weight), static_cast<int64_t>(stride), borrow(norm_weight), borrow(norm_bias),
        optional_tensor(mean), optional_tensor(variance), momentum, epsilon, relu));
  });
}
