// Between C's handles and ATen's types.
#pragma once

#include <ATen/core/Tensor.h>
#include <c10/util/Exception.h>

#include <cmath>
#include <cstdlib>
#include <optional>
#include <vector>

#include "CTorch.h"

void torch_set_last_error(const char *message) noexcept;

// What `body` returns; where it throws, zero, and the thread's last error says what.
template <typename Result, typename Body>
Result attempt(Body body) noexcept {
  try {
    return body();
  } catch (const c10::Error &error) {
    torch_set_last_error(error.what_without_backtrace());
  } catch (const std::exception &error) {
    torch_set_last_error(error.what());
  } catch (...) {
    torch_set_last_error("an exception of no known type");
  }
  return Result();
}

static_assert(sizeof(at::Tensor) == sizeof(torch_tensor), "a tensor is one pointer, so a handle can be read as one");
static_assert(sizeof(long) == sizeof(int64_t), "Swift's Int is C's long");

// The tensor of a handle without counting a reference; valid while the handle is.
inline at::Tensor &borrow(const torch_tensor &handle) {
  return reinterpret_cast<at::Tensor &>(const_cast<torch_tensor &>(handle));
}

inline torch_tensor give(at::Tensor tensor) {
  return reinterpret_cast<torch_tensor>(tensor.unsafeReleaseTensorImpl());
}

inline bool give_all(std::vector<at::Tensor> tensors, torch_tensor **results, long *count) {
  auto *handles = static_cast<torch_tensor *>(std::malloc(sizeof(torch_tensor) * (tensors.size() + 1)));
  TORCH_CHECK(handles, "out of memory");
  for (size_t i = 0; i < tensors.size(); i++) handles[i] = give(std::move(tensors[i]));
  *results = handles;
  *count = static_cast<long>(tensors.size());
  return true;
}

inline std::optional<at::Tensor> optional_tensor(torch_tensor handle) {
  return handle ? std::optional(borrow(handle)) : std::nullopt;
}

inline std::vector<at::Tensor> tensors(const torch_tensor *handles, long count) {
  std::vector<at::Tensor> result;
  result.reserve(count);
  for (long i = 0; i < count; i++) result.push_back(handles[i] ? borrow(handles[i]) : at::Tensor());
  return result;
}

inline at::IntArrayRef ints(const long *values, long count) {
  return {reinterpret_cast<const int64_t *>(values), static_cast<size_t>(count)};
}

inline at::OptionalIntArrayRef optional_ints(const long *values, long count) {
  return count < 0 ? at::OptionalIntArrayRef() : at::OptionalIntArrayRef(std::in_place, ints(values, count));
}

inline std::optional<int64_t> optional_int(const long *value) {
  return value ? std::optional<int64_t>(*value) : std::nullopt;
}

inline std::optional<at::ArrayRef<double>> optional_floats(const double *values, long count) {
  return count < 0 ? std::nullopt : std::optional(at::ArrayRef<double>(values, static_cast<size_t>(count)));
}

// A whole number stays one, so that counters can take it.
inline at::Scalar scalar(double value) {
  bool is_whole = value == std::trunc(value) && std::fabs(value) < 0x1p53;
  return is_whole ? at::Scalar(static_cast<int64_t>(value)) : at::Scalar(value);
}

inline at::ScalarType scalar_type(int type) { return static_cast<at::ScalarType>(type); }

inline std::optional<at::ScalarType> optional_type(int type) {
  return type < 0 ? std::nullopt : std::optional(scalar_type(type));
}

inline at::Device device_of(int device, int index) {
  return {static_cast<at::DeviceType>(device), static_cast<at::DeviceIndex>(index)};
}
