// Images times coarser gates, of float32 on the CPU: each gate weights a whole block of pixels. And the means of blocks,
// which gates are often computed from.
//
// ATen would enlarge the gates first and sum whole images on the way back.
#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "blocks.hpp"
#include "conversions.hpp"
#include "planes.hpp"

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

VECTORIZED void multiply(const float *__restrict x, const float *__restrict row, float *__restrict y, long count) {
  for (long w = 0; w < count; w++) y[w] = x[w] * row[w];
}

VECTORIZED void add_products(const float *__restrict x, const float *__restrict g, float *__restrict sums, long count) {
  for (long w = 0; w < count; w++) sums[w] += x[w] * g[w];
}

void weight(const Blocks &b, const float *x, const float *gates, float *y, float *row) {
  for (long h = 0; h < b.height; h++) {
    if (h % b.rows == 0) widen(b, gates + b.row(h), row);
    multiply(x + h * b.width, row, y + h * b.width, b.width);
  }
}

void gate_gradient(const Blocks &b, const float *x, const float *g, float *result, float *row) {
  for (long h = 0; h < b.height; h += b.rows) {
    std::fill(row, row + b.width, 0.0f);
    for (long i = h; i < h + b.rows; i++) add_products(x + i * b.width, g + i * b.width, row, b.width);
    narrow(b, row, 1, result + b.row(h));
  }
}

struct Gate : torch::autograd::Function<Gate> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &input, const at::Tensor &weights) {
    auto x = with_planes(input);
    auto gates = with_planes(weights);
    auto y = at::empty(x.sizes(), x.options());
    Planes from(x), factors(gates), to(y);
    Blocks blocks(from.height, from.width, gates);
    auto *source = x.const_data_ptr<float>();
    auto *factor = gates.const_data_ptr<float>();
    auto *target = y.data_ptr<float>();
    from.each([&](long n, long c, float *row) {
      weight(blocks, source + from.at(n, c), factor + factors.at(n, c), target + to.at(n, c), row);
    });
    context->save_for_backward({x, gates});
    return y;
  }

  static tensor_list backward(AutogradContext *context, tensor_list gradients) {
    auto saved = context->get_saved_variables();
    auto g = with_planes(gradients[0]);
    auto x_gradient = at::empty(saved[0].sizes(), saved[0].options());
    auto gates_gradient = at::empty(saved[1].sizes(), saved[1].options());
    Planes planes(saved[0]), factors(saved[1]), from(g), to(x_gradient), sums(gates_gradient);
    Blocks blocks(planes.height, planes.width, saved[1]);
    auto *x = saved[0].const_data_ptr<float>();
    auto *factor = saved[1].const_data_ptr<float>();
    auto *source = g.const_data_ptr<float>();
    auto *dx = x_gradient.data_ptr<float>();
    auto *dg = gates_gradient.data_ptr<float>();
    planes.each([&](long n, long c, float *row) {
      const float *plane = source + from.at(n, c);
      weight(blocks, plane, factor + factors.at(n, c), dx + to.at(n, c), row);
      gate_gradient(blocks, x + planes.at(n, c), plane, dg + sums.at(n, c), row);
    });
    return {x_gradient, gates_gradient};
  }
};

struct BlockMeans : torch::autograd::Function<BlockMeans> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &input, int64_t height, int64_t width) {
    auto x = with_planes(input);
    auto y = at::empty({x.size(0), x.size(1), height, width}, x.options());
    Planes from(x), to(y);
    Blocks blocks(from.height, from.width, y);
    auto *source = x.const_data_ptr<float>();
    auto *target = y.data_ptr<float>();
    double share = 1 / static_cast<double>(blocks.rows * blocks.columns);
    from.each([&](long n, long c, float *row) {
      sum_blocks(blocks, source + from.at(n, c), share, target + to.at(n, c), row);
    });
    context->saved_data["height"] = from.height;
    context->saved_data["width"] = from.width;
    return y;
  }

  static tensor_list backward(AutogradContext *context, tensor_list gradients) {
    auto g = with_planes(gradients[0]);
    long height = context->saved_data["height"].toInt(), width = context->saved_data["width"].toInt();
    auto result = at::empty({g.size(0), g.size(1), height, width}, g.options());
    Planes from(g), to(result);
    Blocks blocks(height, width, g);
    auto *source = g.const_data_ptr<float>();
    auto *target = result.data_ptr<float>();
    auto share = static_cast<float>(1 / static_cast<double>(blocks.rows * blocks.columns));
    to.each([&](long n, long c, float *row) {
      for (long h = 0; h < height; h++) {
        if (h % blocks.rows == 0) {
          widen(blocks, source + from.at(n, c) + blocks.row(h), row);
          for (long w = 0; w < width; w++) row[w] *= share;
        }
        std::copy_n(row, width, target + to.at(n, c) + h * width);
      }
    });
    return {result, {}, {}};
  }
};

}  // namespace

bool torch_can_gate(torch_tensor x, torch_tensor gates) {
  const at::Tensor &image = borrow(x);
  const at::Tensor &factors = borrow(gates);
  return is_float_images(image) && is_float_images(factors) && image.size(0) == factors.size(0) &&
         image.size(1) == factors.size(1) && are_blocks(factors, image.size(2), image.size(3));
}

torch_tensor torch_gate(torch_tensor x, torch_tensor gates) {
  return attempt<torch_tensor>([&] { return give(Gate::apply(borrow(x), borrow(gates))); });
}

bool torch_can_block_means(torch_tensor x, long height, long width) {
  const at::Tensor &image = borrow(x);
  return is_float_images(image) && height > 0 && width > 0 && image.size(2) % height == 0 && image.size(3) % width == 0;
}

torch_tensor torch_block_means(torch_tensor x, long height, long width) {
  return attempt<torch_tensor>([&] {
    return give(BlockMeans::apply(borrow(x), static_cast<int64_t>(height), static_cast<int64_t>(width)));
  });
}
