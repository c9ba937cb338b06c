// Batch normalisation in training, of float32 images on the CPU, with the ReLU that often follows.
//
// ATen's own walks through the images seven times forward and, with a ReLU, six times backward. Here a thread takes whole
// channels, which stay in its cache from one pass to the next: two passes each way.
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include "conversions.hpp"
#include "norm_planes.hpp"
#include "planes.hpp"

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

struct BatchNorm : torch::autograd::Function<BatchNorm> {
  static at::Tensor forward(
      AutogradContext *context, const at::Tensor &input, const at::Tensor &weight, const at::Tensor &bias,
      const std::optional<at::Tensor> &mean, const std::optional<at::Tensor> &variance, double momentum,
      double epsilon, bool relu) {
    auto x = with_planes(input);
    auto y = at::empty(x.sizes(), x.options());
    Planes from(x), to(y);
    auto statistics = at::empty({from.channels, 4}, x.options());
    NormLayer layer{weight, bias, mean, variance, momentum, epsilon, relu};
    auto *source = x.const_data_ptr<float>();
    auto *target = y.data_ptr<float>();
    auto *saved = statistics.data_ptr<float>();
    from.each_channel([&](long c) {
      ChannelMoments moments;
      for (long n = 0; n < from.images; n++) moments.add(source + from.at(n, c), from.size);
      Norm norm = layer.settle(moments, c, saved);
      for (long n = 0; n < from.images; n++) {
        scale(source + from.at(n, c), target + to.at(n, c), from.size, norm.factor, norm.offset, relu);
      }
    });
    context->save_for_backward({x, weight, statistics});
    context->saved_data["relu"] = relu;
    return y;
  }

  static tensor_list backward(AutogradContext *context, tensor_list gradients) {
    auto saved = context->get_saved_variables();
    auto g = with_planes(gradients[0]);
    auto result = at::empty(g.sizes(), g.options());
    Planes planes(saved[0]), from(g), to(result);
    auto weight_gradient = at::empty_like(saved[1]);
    auto bias_gradient = at::empty_like(saved[1]);
    bool relu = context->saved_data["relu"].toBool();
    auto *x = saved[0].const_data_ptr<float>();
    auto *statistics = saved[2].const_data_ptr<float>();
    auto *source = g.const_data_ptr<float>();
    auto *target = result.data_ptr<float>();
    auto *dw = weight_gradient.data_ptr<float>();
    auto *db = bias_gradient.data_ptr<float>();
    planes.each_channel([&](long c) {
      Norm norm = saved_norm(statistics, c, relu);
      Sums all{0, 0};
      for (long n = 0; n < planes.images; n++) {
        Sums sums = gradient_moments(x + planes.at(n, c), source + from.at(n, c), planes.size, norm);
        all.first += sums.first;
        all.second += sums.second;
      }
      auto gradient = norm_gradient(norm, all, planes.images * planes.size, dw[c], db[c]);
      for (long n = 0; n < planes.images; n++) {
        input_gradient(
            x + planes.at(n, c), source + from.at(n, c), target + to.at(n, c), planes.size, norm, gradient);
      }
    });
    return {result, weight_gradient, bias_gradient, {}, {}, {}, {}, {}};
  }
};

}  // namespace

bool torch_can_batch_norm(torch_tensor x) {
  const at::Tensor &tensor = borrow(x);
  return is_float_images(tensor) && tensor.numel() > tensor.size(1);
}

torch_tensor torch_batch_norm_relu(
    torch_tensor x, torch_tensor weight, torch_tensor bias, torch_tensor mean, torch_tensor variance, double momentum,
    double epsilon, bool relu) {
  return attempt<torch_tensor>([&] {
    return give(BatchNorm::apply(
        borrow(x), borrow(weight), borrow(bias), optional_tensor(mean), optional_tensor(variance), momentum, epsilon, relu));
  });
}
