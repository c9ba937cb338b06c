// 1x1 convolutions of float32 images on the CPU: a matrix product for each image, where it lies.
//
// ATen's unfold the images first, or go through oneDNN, which turns each into its own layout and back.
#include <ATen/autocast_mode.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/mm.h>
#include <ATen/ops/sum.h>
#include <torch/csrc/autograd/custom_function.h>

#include "conversions.hpp"
#include "planes.hpp"

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

// Images x channels x pixels.
at::Tensor matrices(const at::Tensor &x) { return x.view({x.size(0), x.size(1), x.size(2) * x.size(3)}); }

// The matrix's product with each image's.
at::Tensor product(const at::Tensor &matrix, const at::Tensor &images) {
  auto y = at::empty({images.size(0), matrix.size(0), images.size(2), images.size(3)}, images.options());
  auto x = matrices(images), result = matrices(y);
  if (x.size(2) == 1) {
    auto rows = result.squeeze(2);
    at::mm_out(rows, x.squeeze(2), matrix.t());
  } else {
    at::bmm_out(result, matrix.unsqueeze(0).expand({x.size(0), -1, -1}), x);
  }
  return y;
}

// The sum of all images' g times x turned around.
at::Tensor sum_of_products(const at::Tensor &g, const at::Tensor &x) {
  long results = g.size(1) * x.size(1), scalars = (g.size(1) + x.size(1)) * x.size(2);
  if (results <= scalars && x.size(2) > 1) return at::bmm(g, x.transpose(1, 2)).sum(0);
  // Few pixels: all images' side by side.
  auto joined = [](const at::Tensor &x) { return x.transpose(0, 1).reshape({x.size(1), -1}); };
  return at::mm(joined(g), joined(x).t());
}

struct Pointwise : torch::autograd::Function<Pointwise> {
  static at::Tensor forward(
      AutogradContext *context, const at::Tensor &input, const at::Tensor &weight,
      const std::optional<at::Tensor> &bias) {
    auto x = with_planes(input);
    auto y = product(weight.flatten(1), x);
    if (bias) y.add_(bias->view({1, -1, 1, 1}));
    context->save_for_backward({x, weight});
    context->saved_data["bias"] = bias.has_value();
    return y;
  }

  static tensor_list backward(AutogradContext *context, tensor_list gradients) {
    auto saved = context->get_saved_variables();
    const auto &x = saved[0], &weight = saved[1];
    auto g = with_planes(gradients[0]);
    at::Tensor x_gradient, weight_gradient, bias_gradient;
    if (context->needs_input_grad(0)) x_gradient = product(weight.flatten(1).t(), g);
    if (context->needs_input_grad(1)) weight_gradient = sum_of_products(matrices(g), matrices(x)).view_as(weight);
    if (context->saved_data["bias"].toBool()) bias_gradient = g.sum({0, 2, 3});
    return {x_gradient, weight_gradient, bias_gradient};
  }
};

}  // namespace

bool torch_can_pointwise(torch_tensor x) {
  return is_float_images(borrow(x)) && !at::autocast::is_autocast_enabled(at::kCPU);
}

torch_tensor torch_pointwise(torch_tensor x, torch_tensor weight, torch_tensor bias) {
  return attempt<torch_tensor>([&] {
    return give(Pointwise::apply(borrow(x), borrow(weight), optional_tensor(bias)));
  });
}
