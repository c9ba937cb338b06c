// Sums of images, of float32 on the CPU: each times a factor, some coarser and enlarged by blocks, and perhaps a ReLU.
//
// ATen would write each enlarged image (by way of another layout) and each partial sum. Here a plane is summed in the
// cache and written once.
#include <ATen/ops/empty.h>
#include <torch/csrc/autograd/custom_function.h>

#include <algorithm>

#include "blocks.hpp"
#include "conversions.hpp"
#include "planes.hpp"

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

VECTORIZED void multiply_by(const float *x, float factor, float *y, long count) {
#pragma clang loop vectorize(assume_safety)
  for (long i = 0; i < count; i++) y[i] = x[i] * factor;
}

VECTORIZED void add_scaled(const float *__restrict x, float factor, float *__restrict sums, long count) {
  for (long w = 0; w < count; w++) sums[w] += x[w] * factor;
}

VECTORIZED void rectify(float *y, long count) {
  for (long i = 0; i < count; i++) y[i] = y[i] > 0 ? y[i] : 0;
}

// Nothing comes through where the ReLU gave zero.
VECTORIZED void pass(const float *__restrict y, const float *__restrict g, float *__restrict result, long count) {
  for (long i = 0; i < count; i++) result[i] = y[i] > 0 ? g[i] : 0;
}

struct Sum : torch::autograd::Function<Sum> {
  static at::Tensor forward(
      AutogradContext *context, at::TensorList inputs, at::ArrayRef<double> factors, int64_t height, int64_t width,
      bool relu) {
    std::vector<at::Tensor> terms;
    std::vector<Planes> from;
    std::vector<Blocks> blocks;
    std::vector<int64_t> sizes;
    for (const auto &input : inputs) {
      terms.push_back(with_planes(input));
      from.emplace_back(terms.back());
      blocks.emplace_back(height, width, input);
      sizes.insert(sizes.end(), {input.size(2), input.size(3)});
    }
    auto y = at::empty({inputs[0].size(0), inputs[0].size(1), height, width}, inputs[0].options());
    Planes to(y);
    auto *target = y.data_ptr<float>();
    to.each([&](long n, long c, float *row) {
      float *plane = target + to.at(n, c);
      for (size_t term = 0; term < terms.size(); term++) {
        const float *x = terms[term].const_data_ptr<float>() + from[term].at(n, c);
        auto factor = static_cast<float>(factors[term]);
        const Blocks &b = blocks[term];
        if (b.rows == 1 && b.columns == 1) {
          if (term == 0) multiply_by(x, factor, plane, to.size);
          else add_scaled(x, factor, plane, to.size);
          continue;
        }
        if (term == 0) std::fill(plane, plane + to.size, 0.0f);
        for (long h = 0; h < height; h++) {
          if (h % b.rows == 0) widen(b, x + b.row(h), row);
          add_scaled(row, factor, plane + h * width, width);
        }
      }
      if (relu) rectify(plane, to.size);
    });
    if (relu) context->save_for_backward({y});
    context->saved_data["factors"] = factors.vec();
    context->saved_data["sizes"] = sizes;
    context->saved_data["relu"] = relu;
    return y;
  }

  static tensor_list backward(AutogradContext *context, tensor_list gradients) {
    auto g = with_planes(gradients[0]);
    auto factors = context->saved_data["factors"].toDoubleVector();
    auto sizes = context->saved_data["sizes"].toIntVector();
    bool relu = context->saved_data["relu"].toBool();
    Planes from(g);
    // What comes through the ReLU is the gradient of every term of full size whose factor is 1.
    at::Tensor through = relu ? at::empty(g.sizes(), g.options()) : g;
    Planes passed(through);
    tensor_list results;
    std::vector<Planes> to;
    std::vector<Blocks> blocks;
    for (size_t term = 0; term < factors.size(); term++) {
      long height = sizes[2 * term], width = sizes[2 * term + 1];
      bool is_same = height == from.height && width == from.width && factors[term] == 1;
      results.push_back(is_same ? through : at::empty({from.images, from.channels, height, width}, g.options()));
      to.emplace_back(results.back());
      blocks.emplace_back(from.height, from.width, results.back());
    }
    auto *source = g.const_data_ptr<float>();
    auto saved = context->get_saved_variables();
    auto *y = relu ? saved[0].const_data_ptr<float>() : nullptr;
    from.each([&](long n, long c, float *row) {
      const float *plane = source + from.at(n, c);
      if (relu) {
        float *target = through.data_ptr<float>() + passed.at(n, c);
        pass(y + passed.at(n, c), plane, target, from.size);
        plane = target;
      }
      for (size_t term = 0; term < results.size(); term++) {
        if (results[term].is_same(through)) continue;
        float *target = results[term].data_ptr<float>() + to[term].at(n, c);
        const Blocks &b = blocks[term];
        if (b.rows == 1 && b.columns == 1) {
          multiply_by(plane, static_cast<float>(factors[term]), target, from.size);
        } else {
          sum_blocks(b, plane, factors[term], target, row);
        }
      }
    });
    results.insert(results.end(), 4, at::Tensor());
    return results;
  }
};

}  // namespace

bool torch_can_sum(const torch_tensor *inputs, long count, long height, long width) {
  if (count < 1 || height < 1 || width < 1) return false;
  const at::Tensor &first = borrow(inputs[0]);
  for (long i = 0; i < count; i++) {
    const at::Tensor &input = borrow(inputs[i]);
    if (!is_float_images(input) || input.size(0) != first.size(0) || input.size(1) != first.size(1) ||
        !are_blocks(input, height, width)) {
      return false;
    }
  }
  return true;
}

torch_tensor torch_sum_images(
    const torch_tensor *inputs, const double *factors, long count, long height, long width, bool relu) {
  return attempt<torch_tensor>([&] {
    auto images = tensors(inputs, count);
    return give(Sum::apply(
        at::TensorList(images), at::ArrayRef<double>(factors, static_cast<size_t>(count)),
        static_cast<int64_t>(height), static_cast<int64_t>(width), relu));
  });
}
