// Images times coarser gates, of float32 on the CPU: each gate weights a whole block of pixels.
//
// ATen would enlarge the gates first and sum whole images on the way back.
#include <ATen/Parallel.h>
#include <ATen/ops/empty_like.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>
#include <vector>

#include "conversions.hpp"
#include "vectorize.hpp"

namespace {

// Of one plane: a gate for each block of `rows` x `columns` pixels.
struct Blocks {
  long height, width, rows, columns;

  Blocks(const at::Tensor &x, const at::Tensor &gates)
      : height(x.size(2)), width(x.size(3)), rows(height / gates.size(2)), columns(width / gates.size(3)) {}
  long size() const { return height * width; }
  long gates() const { return (height / rows) * (width / columns); }
};

void widen(const Blocks &b, const float *gates, float *row) {
  for (long w = 0; w < b.width; w++) row[w] = gates[w / b.columns];
}

VECTORIZED void multiply(const float *__restrict x, const float *__restrict row, float *__restrict y, long count) {
  for (long w = 0; w < count; w++) y[w] = x[w] * row[w];
}

VECTORIZED void add_products(const float *__restrict x, const float *__restrict g, float *__restrict sums, long count) {
  for (long w = 0; w < count; w++) sums[w] += x[w] * g[w];
}

void weight(const Blocks &b, const float *x, const float *gates, float *y, float *row) {
  for (long h = 0; h < b.height; h++) {
    if (h % b.rows == 0) widen(b, gates + h / b.rows * (b.width / b.columns), row);
    multiply(x + h * b.width, row, y + h * b.width, b.width);
  }
}

void gate_gradient(const Blocks &b, const float *x, const float *g, float *result, float *row) {
  for (long h = 0; h < b.height; h += b.rows) {
    std::fill(row, row + b.width, 0.0f);
    for (long i = h; i < h + b.rows; i++) add_products(x + i * b.width, g + i * b.width, row, b.width);
    for (long w = 0; w < b.width; w += b.columns) {
      double sum = 0;
      for (long i = w; i < w + b.columns; i++) sum += row[i];
      *result++ = static_cast<float>(sum);
    }
  }
}

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

struct Gate : torch::autograd::Function<Gate> {
  static at::Tensor forward(AutogradContext *context, const at::Tensor &input, const at::Tensor &weights) {
    auto x = input.contiguous();
    auto gates = weights.contiguous();
    auto y = at::empty_like(x);
    Blocks blocks(x, gates);
    auto *source = x.const_data_ptr<float>();
    auto *factors = gates.const_data_ptr<float>();
    auto *target = y.data_ptr<float>();
    at::parallel_for(0, x.size(0) * x.size(1), 4, [&](long begin, long end) {
      std::vector<float> row(blocks.width);
      for (long n = begin; n < end; n++) {
        weight(blocks, source + n * blocks.size(), factors + n * blocks.gates(), target + n * blocks.size(), row.data());
      }
    });
    context->save_for_backward({x, gates});
    return y;
  }

  static tensor_list backward(AutogradContext *context, tensor_list gradients) {
    auto saved = context->get_saved_variables();
    auto g = gradients[0].contiguous();
    auto x_gradient = at::empty_like(saved[0]);
    auto gates_gradient = at::empty_like(saved[1]);
    Blocks blocks(saved[0], saved[1]);
    auto *x = saved[0].const_data_ptr<float>();
    auto *factors = saved[1].const_data_ptr<float>();
    auto *source = g.const_data_ptr<float>();
    auto *dx = x_gradient.data_ptr<float>();
    auto *dg = gates_gradient.data_ptr<float>();
    at::parallel_for(0, saved[0].size(0) * saved[0].size(1), 4, [&](long begin, long end) {
      std::vector<float> row(blocks.width);
      for (long n = begin; n < end; n++) {
        const float *plane = source + n * blocks.size();
        weight(blocks, plane, factors + n * blocks.gates(), dx + n * blocks.size(), row.data());
        gate_gradient(blocks, x + n * blocks.size(), plane, dg + n * blocks.gates(), row.data());
      }
    });
    return {x_gradient, gates_gradient};
  }
};

}  // namespace

bool torch_can_gate(torch_tensor x, torch_tensor gates) {
  const at::Tensor &image = borrow(x);
  const at::Tensor &factors = borrow(gates);
  return image.is_cpu() && factors.is_cpu() && image.scalar_type() == at::kFloat &&
         factors.scalar_type() == at::kFloat && image.dim() == 4 && factors.dim() == 4 && factors.numel() > 0 &&
         image.size(0) == factors.size(0) && image.size(1) == factors.size(1) &&
         image.size(2) % factors.size(2) == 0 && image.size(3) % factors.size(3) == 0;
}

torch_tensor torch_gate(torch_tensor x, torch_tensor gates) {
  return attempt<torch_tensor>([&] { return give(Gate::apply(borrow(x), borrow(gates))); });
}
