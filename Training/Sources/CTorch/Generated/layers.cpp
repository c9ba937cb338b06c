// Written by generate-operators from operators.txt.
#include "../conversions.hpp"

#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/batch_norm.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/conv_transpose2d.h>
#include <ATen/ops/dropout.h>
#include <ATen/ops/grid_sampler.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/upsample_nearest2d.h>

torch_tensor torch_conv2d(torch_tensor x, torch_tensor weight, torch_tensor bias, const long *stride, long stride_count, const long *padding, long padding_count, const long *dilation, long dilation_count, long groups) {
  return attempt<torch_tensor>([&] { return give(at::conv2d(borrow(x), borrow(weight), optional_tensor(bias), ints(stride, stride_count), ints(padding, padding_count), ints(dilation, dilation_count), groups)); });
}

torch_tensor torch_conv_transpose2d(torch_tensor x, torch_tensor weight, torch_tensor bias, const long *stride, long stride_count, const long *padding, long padding_count, const long *outputPadding, long outputPadding_count, long groups, const long *dilation, long dilation_count) {
  return attempt<torch_tensor>([&] { return give(at::conv_transpose2d(borrow(x), borrow(weight), optional_tensor(bias), ints(stride, stride_count), ints(padding, padding_count), ints(outputPadding, outputPadding_count), groups, ints(dilation, dilation_count))); });
}

torch_tensor torch_linear(torch_tensor x, torch_tensor weight, torch_tensor bias) {
  return attempt<torch_tensor>([&] { return give(at::linear(borrow(x), borrow(weight), optional_tensor(bias))); });
}

torch_tensor torch_batch_norm(torch_tensor x, torch_tensor weight, torch_tensor bias, torch_tensor mean, torch_tensor variance, bool training, double momentum, double epsilon, bool cudnn) {
  return attempt<torch_tensor>([&] { return give(at::batch_norm(borrow(x), optional_tensor(weight), optional_tensor(bias), optional_tensor(mean), optional_tensor(variance), training, momentum, epsilon, cudnn)); });
}

torch_tensor torch_layer_norm(torch_tensor x, const long *shape, long shape_count, torch_tensor weight, torch_tensor bias, double epsilon, bool cudnn) {
  return attempt<torch_tensor>([&] { return give(at::layer_norm(borrow(x), ints(shape, shape_count), optional_tensor(weight), optional_tensor(bias), epsilon, cudnn)); });
}

torch_tensor torch_adaptive_avg_pool2d(torch_tensor x, const long *size, long size_count) {
  return attempt<torch_tensor>([&] { return give(at::adaptive_avg_pool2d(borrow(x), ints(size, size_count))); });
}

torch_tensor torch_avg_pool2d(torch_tensor x, const long *kernel, long kernel_count, const long *stride, long stride_count, const long *padding, long padding_count, bool roundsUp, bool countsPadding) {
  return attempt<torch_tensor>([&] { return give(at::avg_pool2d(borrow(x), ints(kernel, kernel_count), ints(stride, stride_count), ints(padding, padding_count), roundsUp, countsPadding)); });
}

torch_tensor torch_max_pool2d(torch_tensor x, const long *kernel, long kernel_count, const long *stride, long stride_count, const long *padding, long padding_count, const long *dilation, long dilation_count, bool roundsUp) {
  return attempt<torch_tensor>([&] { return give(at::max_pool2d(borrow(x), ints(kernel, kernel_count), ints(stride, stride_count), ints(padding, padding_count), ints(dilation, dilation_count), roundsUp)); });
}

torch_tensor torch_upsample_nearest2d(torch_tensor x, const long *size, long size_count, const double *scales, long scales_count) {
  return attempt<torch_tensor>([&] { return give(at::upsample_nearest2d(borrow(x), optional_ints(size, size_count), optional_floats(scales, scales_count))); });
}

torch_tensor torch_upsample_bilinear2d(torch_tensor x, const long *size, long size_count, bool alignCorners, const double *scales, long scales_count) {
  return attempt<torch_tensor>([&] { return give(at::upsample_bilinear2d(borrow(x), optional_ints(size, size_count), alignCorners, optional_floats(scales, scales_count))); });
}

torch_tensor torch_grid_sampler(torch_tensor x, torch_tensor grid, long mode, long padding, bool alignCorners) {
  return attempt<torch_tensor>([&] { return give(at::grid_sampler(borrow(x), borrow(grid), mode, padding, alignCorners)); });
}

torch_tensor torch_dropout(torch_tensor x, double rate, bool training) {
  return attempt<torch_tensor>([&] { return give(at::dropout(borrow(x), rate, training)); });
}
