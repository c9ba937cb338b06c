#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>
#include <torch/version.h>

#include <cstring>
#include <string>

#include "conversions.hpp"

static thread_local std::string last_error;

void torch_set_last_error(const char *message) noexcept {
  try {
    last_error = message;
  } catch (...) {
  }
}

static at::TensorOptions options(int type, int device, int index) {
  return at::TensorOptions().dtype(scalar_type(type)).device(device_of(device, index));
}

const char *torch_last_error(void) { return last_error.c_str(); }
const char *torch_version(void) { return TORCH_VERSION; }

void torch_release(torch_tensor tensor) {
  using Pointer = c10::intrusive_ptr<at::TensorImpl, at::UndefinedTensorImpl>;
  if (tensor) Pointer::reclaim(reinterpret_cast<at::TensorImpl *>(tensor));
}

void torch_free(void *handles) { std::free(handles); }

torch_tensor torch_empty(const long *shape, long axes, int type, int device, int index) {
  return attempt<torch_tensor>([&] { return give(at::empty(ints(shape, axes), options(type, device, index))); });
}

torch_tensor torch_full(const long *shape, long axes, double value, int type, int device, int index) {
  return attempt<torch_tensor>([&] { return give(at::full(ints(shape, axes), value, options(type, device, index))); });
}

torch_tensor torch_from_bytes(const void *bytes, const long *shape, long axes, int type) {
  return attempt<torch_tensor>([&] { return give(at::from_blob(const_cast<void *>(bytes), ints(shape, axes), options(type, 0, -1)).clone()); });
}

bool torch_copy_bytes(torch_tensor tensor, void *bytes, long count) {
  return attempt<bool>([&] {
    at::Tensor source = borrow(tensor).detach().to(at::kCPU).contiguous();
    TORCH_CHECK(static_cast<long>(source.nbytes()) == count, "the tensor has ", source.nbytes(), " bytes, not ", count);
    if (count) std::memcpy(bytes, source.const_data_ptr(), source.nbytes());
    return true;
  });
}

torch_tensor torch_to_device(torch_tensor tensor, int device, int index, bool non_blocking) {
  return attempt<torch_tensor>([&] { return give(borrow(tensor).to(device_of(device, index), non_blocking)); });
}

torch_tensor torch_to_pinned(torch_tensor tensor) {
  return attempt<torch_tensor>([&] { return give(borrow(tensor).pin_memory()); });
}

long torch_axes(torch_tensor tensor) { return borrow(tensor).dim(); }
long torch_extent(torch_tensor tensor, long axis) { return borrow(tensor).sizes()[axis]; }
long torch_count(torch_tensor tensor) { return borrow(tensor).numel(); }
int torch_type(torch_tensor tensor) { return static_cast<int>(borrow(tensor).scalar_type()); }
int torch_device(torch_tensor tensor) { return static_cast<int>(borrow(tensor).device().type()); }
int torch_device_index(torch_tensor tensor) { return borrow(tensor).device().index(); }

bool torch_item(torch_tensor tensor, double *value) {
  return attempt<bool>([&] { *value = borrow(tensor).item().toDouble(); return true; });
}

bool torch_set_data(torch_tensor tensor, torch_tensor other) {
  return attempt<bool>([&] { borrow(tensor).set_data(borrow(other)); return true; });
}
