// Written by generate-operators from operators.txt.
#include "../conversions.hpp"

#include <ATen/ops/all.h>
#include <ATen/ops/amax.h>
#include <ATen/ops/amin.h>
#include <ATen/ops/argmax.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/logsumexp.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/topk.h>

torch_tensor torch_sum(torch_tensor a, int type) {
  return attempt<torch_tensor>([&] { return give(at::sum(borrow(a), optional_type(type))); });
}

torch_tensor torch_sumAxes(torch_tensor a, const long *axes, long axes_count, bool keepsAxes, int type) {
  return attempt<torch_tensor>([&] { return give(at::sum(borrow(a), optional_ints(axes, axes_count), keepsAxes, optional_type(type))); });
}

torch_tensor torch_mean(torch_tensor a, int type) {
  return attempt<torch_tensor>([&] { return give(at::mean(borrow(a), optional_type(type))); });
}

torch_tensor torch_meanAxes(torch_tensor a, const long *axes, long axes_count, bool keepsAxes, int type) {
  return attempt<torch_tensor>([&] { return give(at::mean(borrow(a), optional_ints(axes, axes_count), keepsAxes, optional_type(type))); });
}

torch_tensor torch_amax(torch_tensor a, const long *axes, long axes_count, bool keepsAxes) {
  return attempt<torch_tensor>([&] { return give(at::amax(borrow(a), ints(axes, axes_count), keepsAxes)); });
}

torch_tensor torch_amin(torch_tensor a, const long *axes, long axes_count, bool keepsAxes) {
  return attempt<torch_tensor>([&] { return give(at::amin(borrow(a), ints(axes, axes_count), keepsAxes)); });
}

torch_tensor torch_topk(torch_tensor a, long count, long axis, bool largest, bool sorted, torch_tensor *second) {
  return attempt<torch_tensor>([&] { auto pair = at::topk(borrow(a), count, axis, largest, sorted); *second = give(std::get<1>(pair)); return give(std::get<0>(pair)); });
}

torch_tensor torch_softmax(torch_tensor a, long axis, int type) {
  return attempt<torch_tensor>([&] { return give(at::softmax(borrow(a), axis, optional_type(type))); });
}

torch_tensor torch_log_softmax(torch_tensor a, long axis, int type) {
  return attempt<torch_tensor>([&] { return give(at::log_softmax(borrow(a), axis, optional_type(type))); });
}

torch_tensor torch_logsumexp(torch_tensor a, const long *axes, long axes_count, bool keepsAxes) {
  return attempt<torch_tensor>([&] { return give(at::logsumexp(borrow(a), ints(axes, axes_count), keepsAxes)); });
}

torch_tensor torch_argmax(torch_tensor a, const long *axis, bool keepsAxis) {
  return attempt<torch_tensor>([&] { return give(at::argmax(borrow(a), optional_int(axis), keepsAxis)); });
}

torch_tensor torch_all(torch_tensor a) {
  return attempt<torch_tensor>([&] { return give(at::all(borrow(a))); });
}

bool torch_equal(torch_tensor a, torch_tensor b, bool *result) {
  return attempt<bool>([&] { *result = at::equal(borrow(a), borrow(b)); return true; });
}
