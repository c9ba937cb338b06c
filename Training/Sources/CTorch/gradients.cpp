#include <ATen/autocast_mode.h>
#include <ATen/core/grad_mode.h>
#include <torch/csrc/autograd/autograd.h>

#include "conversions.hpp"

bool torch_requires_gradient(torch_tensor tensor) { return borrow(tensor).requires_grad(); }

bool torch_set_requires_gradient(torch_tensor tensor, bool wanted) {
  return attempt<bool>([&] { borrow(tensor).set_requires_grad(wanted); return true; });
}

torch_tensor torch_gradient(torch_tensor tensor) {
  return attempt<torch_tensor>([&] {
    const at::Tensor &gradient = borrow(tensor).grad();
    return gradient.defined() ? give(gradient) : nullptr;
  });
}

bool torch_set_gradient(torch_tensor tensor, torch_tensor gradient) {
  return attempt<bool>([&] { borrow(tensor).mutable_grad() = gradient ? borrow(gradient) : at::Tensor(); return true; });
}

bool torch_backward(const torch_tensor *roots, const torch_tensor *gradients, long count) {
  return attempt<bool>([&] { torch::autograd::backward(tensors(roots, count), tensors(gradients, count)); return true; });
}

bool torch_set_gradient_mode(bool enabled) {
  bool before = at::GradMode::is_enabled();
  at::GradMode::set_enabled(enabled);
  return before;
}

bool torch_set_autocast(int device, bool enabled, int type) {
  return attempt<bool>([&] {
    auto kind = static_cast<at::DeviceType>(device);
    bool before = at::autocast::is_autocast_enabled(kind);
    at::autocast::set_autocast_enabled(kind, enabled);
    if (type >= 0) at::autocast::set_autocast_dtype(kind, scalar_type(type));
    return before;
  });
}

void torch_clear_autocast_cache(void) { at::autocast::clear_cache(); }
