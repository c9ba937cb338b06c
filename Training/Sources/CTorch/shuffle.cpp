// Channels dealt out from several images, as many from each, and the result cut in parts: float32 on the CPU.
//
// ATen stacks the images, copies them in another order, and on the way back fills an image with zeros for each part.
#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "conversions.hpp"
#include "planes.hpp"

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

// Runs over all channels of the shuffled images: `body` takes a part, its channel, a group, and its channel.
template <typename Body>
void each_dealt(long groups, long part_channels, long channels, Body body) {
  at::parallel_for(0, channels, 4, [&](long begin, long end) {
    for (long c = begin; c < end; c++) body(c / part_channels, c % part_channels, c % groups, c / groups);
  });
}

struct Images {
  std::vector<at::Tensor> tensors;
  std::vector<Planes> planes;
  std::vector<float *> scalars;

  void add(const at::Tensor &tensor) {
    tensors.push_back(tensor);
    planes.emplace_back(tensor);
    scalars.push_back(static_cast<float *>(tensor.data_ptr()));
  }
};

struct Shuffle : torch::autograd::Function<Shuffle> {
  static tensor_list forward(AutogradContext *context, at::TensorList inputs, int64_t parts) {
    Images from, to;
    for (const auto &input : inputs) from.add(with_planes(input));
    long groups = static_cast<long>(inputs.size());
    const Planes &first = from.planes[0];
    long channels = first.channels * groups;
    for (long part = 0; part < parts; part++) {
      to.add(at::empty({first.images, channels / parts, first.height, first.width}, inputs[0].options()));
    }
    each_dealt(groups, channels / parts, channels, [&](long part, long c, long group, long source) {
      for (long n = 0; n < first.images; n++) {
        std::copy_n(
            from.scalars[group] + from.planes[group].at(n, source), first.size,
            to.scalars[part] + to.planes[part].at(n, c));
      }
    });
    context->saved_data["groups"] = groups;
    return to.tensors;
  }

  static tensor_list backward(AutogradContext *context, tensor_list gradients) {
    Images from, to;
    for (const auto &gradient : gradients) from.add(with_planes(gradient));
    long groups = context->saved_data["groups"].toInt();
    const Planes &first = from.planes[0];
    long channels = first.channels * static_cast<long>(gradients.size());
    for (long group = 0; group < groups; group++) {
      to.add(at::empty({first.images, channels / groups, first.height, first.width}, gradients[0].options()));
    }
    each_dealt(groups, first.channels, channels, [&](long part, long c, long group, long target) {
      for (long n = 0; n < first.images; n++) {
        std::copy_n(
            from.scalars[part] + from.planes[part].at(n, c), first.size,
            to.scalars[group] + to.planes[group].at(n, target));
      }
    });
    to.tensors.emplace_back();
    return to.tensors;
  }
};

}  // namespace

bool torch_can_shuffle(const torch_tensor *inputs, long count, long parts) {
  if (count < 1 || parts < 1) return false;
  const at::Tensor &first = borrow(inputs[0]);
  for (long i = 0; i < count; i++) {
    const at::Tensor &input = borrow(inputs[i]);
    if (!is_float_images(input) || input.sizes() != first.sizes()) return false;
  }
  return first.size(1) * count % parts == 0;
}

bool torch_shuffle(const torch_tensor *inputs, long count, long parts, torch_tensor **results, long *results_count) {
  return attempt<bool>([&] {
    auto images = tensors(inputs, count);
    return give_all(
        Shuffle::apply(at::TensorList(images), static_cast<int64_t>(parts)), results, results_count);
  });
}
