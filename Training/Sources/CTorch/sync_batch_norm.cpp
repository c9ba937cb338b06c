// Batch normalisation in training by the statistics of all processes' batches, of any type on any device.
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/var_mean.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include "processes.hpp"

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

// All axes but the channels'.
std::vector<int64_t> reduced(const at::Tensor &x) {
  std::vector<int64_t> axes{0};
  for (int64_t axis = 2; axis < x.dim(); axis++) axes.push_back(axis);
  return axes;
}

// A number for each channel, as wide as the images.
at::Tensor spread(const at::Tensor &numbers, const at::Tensor &x) {
  std::vector<int64_t> shape(x.dim(), 1);
  shape[1] = -1;
  return numbers.view(shape);
}

struct SyncBatchNorm : torch::autograd::Function<SyncBatchNorm> {
  static at::Tensor forward(
      AutogradContext *context, const at::Tensor &x, const at::Tensor &weight, const at::Tensor &bias,
      const std::optional<at::Tensor> &mean, const std::optional<at::Tensor> &variance, double momentum,
      double epsilon, torch_processes processes) {
    auto type = weight.scalar_type();
    long channels = x.size(1);
    auto own_count = static_cast<double>(x.numel() / channels);
    auto [own_spread, own_center] = at::var_mean(x.to(type), reduced(x), 0);
    auto count = at::full({1}, own_count, own_center.options());
    auto parts = processes->gather(at::cat({own_center, own_spread * own_count, count}));
    // Merged as Chan et al. (1983) do, in the ranks' order: so all have the same, to the last bit.
    auto center = at::zeros_like(own_center);
    auto squares = at::zeros_like(own_center);
    double total = 0;
    for (auto &part : parts) {
      auto its_count = part[2 * channels].item().toDouble();
      auto step = part.narrow(0, 0, channels) - center;
      center = center + step * (its_count / (total + its_count));
      squares = squares + part.narrow(0, channels, channels) + step * step * (total * its_count / (total + its_count));
      total += its_count;
    }
    TORCH_CHECK(total > 1, "a batch norm needs more than one value for each channel");
    auto inverse = at::rsqrt(squares / total + epsilon);
    if (mean) {
      at::Tensor running_mean = *mean, running_variance = *variance;
      running_mean.mul_(1 - momentum).add_(center, momentum);
      running_variance.mul_(1 - momentum).add_(squares / (total - 1), momentum);
    }
    context->save_for_backward({x, weight, center, inverse});
    context->saved_data["total"] = total;
    context->saved_data["processes"] = at::IValue::make_capsule(
        c10::intrusive_ptr<torch::CustomClassHolder>(c10::intrusive_ptr<torch_processes_impl>::reclaim_copy(processes)));
    auto y = (x - spread(center, x)) * spread(inverse * weight, x) + spread(bias, x);
    return y.to(x.scalar_type());
  }

  static tensor_list backward(AutogradContext *context, tensor_list gradients) {
    auto saved = context->get_saved_variables();
    auto &x = saved[0];
    auto &weight = saved[1];
    auto &inverse = saved[3];
    auto total = context->saved_data["total"].toDouble();
    auto processes =
        c10::static_intrusive_pointer_cast<torch_processes_impl>(context->saved_data["processes"].toCapsule());
    auto g = gradients[0].to(weight.scalar_type());
    auto centered = x - spread(saved[2], x);
    auto axes = reduced(x);
    auto own = at::cat({g.sum(axes), (g * centered).sum(axes)});
    auto sums = own.clone();
    processes->sum(sums);
    long channels = x.size(1);
    auto offset = sums.narrow(0, 0, channels) / total;
    auto slope = sums.narrow(0, channels, channels) / total * inverse * inverse;
    auto result = (g - spread(offset, x) - centered * spread(slope, x)) * spread(inverse * weight, x);
    // The weights' gradients are averaged with all others.
    return {
        result.to(x.scalar_type()), own.narrow(0, channels, channels) * inverse, own.narrow(0, 0, channels).clone(),
        {}, {}, {}, {}, {}};
  }
};

}  // namespace

torch_tensor torch_sync_batch_norm(
    torch_processes processes, torch_tensor x, torch_tensor weight, torch_tensor bias, torch_tensor mean,
    torch_tensor variance, double momentum, double epsilon) {
  return attempt<torch_tensor>([&] {
    return give(SyncBatchNorm::apply(
        borrow(x), borrow(weight), borrow(bias), optional_tensor(mean), optional_tensor(variance), momentum, epsilon,
        processes));
  });
}
