// Written by generate-operators from operators.txt.
#include "../conversions.hpp"

#include <ATen/ops/cat.h>
#include <ATen/ops/clone.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/detach.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/gather.h>
#include <ATen/ops/index_copy.h>
#include <ATen/ops/index_select.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/permute.h>
#include <ATen/ops/reshape.h>
#include <ATen/ops/select.h>
#include <ATen/ops/slice.h>
#include <ATen/ops/split_with_sizes.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/unsqueeze.h>
#include <ATen/ops/zeros_like.h>

torch_tensor torch_reshape(torch_tensor a, const long *shape, long shape_count) {
  return attempt<torch_tensor>([&] { return give(at::reshape(borrow(a), ints(shape, shape_count))); });
}

torch_tensor torch_permute(torch_tensor a, const long *order, long order_count) {
  return attempt<torch_tensor>([&] { return give(at::permute(borrow(a), ints(order, order_count))); });
}

torch_tensor torch_cat(const torch_tensor *parts, long parts_count, long axis) {
  return attempt<torch_tensor>([&] { return give(at::cat(tensors(parts, parts_count), axis)); });
}

torch_tensor torch_stack(const torch_tensor *parts, long parts_count, long axis) {
  return attempt<torch_tensor>([&] { return give(at::stack(tensors(parts, parts_count), axis)); });
}

bool torch_split_with_sizes(torch_tensor a, const long *sizes, long sizes_count, long axis, torch_tensor **results, long *count) {
  return attempt<bool>([&] { return give_all(at::split_with_sizes(borrow(a), ints(sizes, sizes_count), axis), results, count); });
}

torch_tensor torch_slice(torch_tensor a, long axis, const long *start, const long *end, long step) {
  return attempt<torch_tensor>([&] { return give(at::slice(borrow(a), axis, optional_int(start), optional_int(end), step)); });
}

torch_tensor torch_select(torch_tensor a, long axis, long index) {
  return attempt<torch_tensor>([&] { return give(at::select(borrow(a), axis, index)); });
}

torch_tensor torch_unsqueeze(torch_tensor a, long axis) {
  return attempt<torch_tensor>([&] { return give(at::unsqueeze(borrow(a), axis)); });
}

torch_tensor torch_expand(torch_tensor a, const long *shape, long shape_count, bool implicit) {
  return attempt<torch_tensor>([&] { return give(borrow(a).expand(ints(shape, shape_count), implicit)); });
}

torch_tensor torch_index_select(torch_tensor a, long axis, torch_tensor indices) {
  return attempt<torch_tensor>([&] { return give(at::index_select(borrow(a), axis, borrow(indices))); });
}

torch_tensor torch_gather(torch_tensor a, long axis, torch_tensor indices, bool sparse) {
  return attempt<torch_tensor>([&] { return give(at::gather(borrow(a), axis, borrow(indices), sparse)); });
}

torch_tensor torch_index_copy(torch_tensor a, long axis, torch_tensor indices, torch_tensor source) {
  return attempt<torch_tensor>([&] { return give(at::index_copy(borrow(a), axis, borrow(indices), borrow(source))); });
}

torch_tensor torch_constant_pad_nd(torch_tensor a, const long *amounts, long amounts_count, double value) {
  return attempt<torch_tensor>([&] { return give(at::constant_pad_nd(borrow(a), ints(amounts, amounts_count), scalar(value))); });
}

torch_tensor torch_clone(torch_tensor a) {
  return attempt<torch_tensor>([&] { return give(at::clone(borrow(a))); });
}

torch_tensor torch_detach(torch_tensor a) {
  return attempt<torch_tensor>([&] { return give(at::detach(borrow(a))); });
}

torch_tensor torch_contiguous(torch_tensor a) {
  return attempt<torch_tensor>([&] { return give(borrow(a).contiguous()); });
}

torch_tensor torch_toType(torch_tensor a, int type, bool nonBlocking, bool copy) {
  return attempt<torch_tensor>([&] { return give(borrow(a).to(scalar_type(type), nonBlocking, copy)); });
}

torch_tensor torch_zeros_like(torch_tensor a) {
  return attempt<torch_tensor>([&] { return give(at::zeros_like(borrow(a))); });
}

torch_tensor torch_ones_like(torch_tensor a) {
  return attempt<torch_tensor>([&] { return give(at::ones_like(borrow(a))); });
}

torch_tensor torch_empty_like(torch_tensor a) {
  return attempt<torch_tensor>([&] { return give(at::empty_like(borrow(a))); });
}

torch_tensor torch_matmul(torch_tensor a, torch_tensor b) {
  return attempt<torch_tensor>([&] { return give(at::matmul(borrow(a), borrow(b))); });
}
