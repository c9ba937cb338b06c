// The planes of float32 images on the CPU: rows without gaps, channels one after the other, images anywhere.
#pragma once

#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <c10/core/CPUAllocator.h>

// A thread's memory while it works.
class Scratch {
  at::DataPtr data;

 public:
  explicit Scratch(long count) : data(c10::GetCPUAllocator()->allocate(sizeof(float) * count)) {}
  float *get() const { return static_cast<float *>(data.get()); }
};

struct Planes {
  long images, channels, height, width, size, step;

  explicit Planes(const at::Tensor &x)
      : images(x.size(0)), channels(x.size(1)), height(x.size(2)), width(x.size(3)), size(height * width),
        step(x.stride(0)) {}

  long at(long image, long channel) const { return image * step + channel * size; }

  // Every plane, with room for a row.
  template <typename Body>
  void each(Body body) const {
    at::parallel_for(0, images * channels, 4, [&](long begin, long end) {
      Scratch row(width);
      for (long n = begin; n < end; n++) body(n / channels, n % channels, row.get());
    });
  }

  template <typename Body>
  void each_channel(Body body) const {
    at::parallel_for(0, channels, 1, [&](long begin, long end) {
      for (long channel = begin; channel < end; channel++) body(channel);
    });
  }
};

// The images themselves where they have such planes, as some channels of others have; else a copy.
inline at::Tensor with_planes(const at::Tensor &x) {
  bool has = x.dim() == 4 && x.stride(3) == 1 && x.stride(2) == x.size(3) && x.stride(1) == x.size(2) * x.size(3);
  return has ? x : x.contiguous();
}

// Whether our own layers take it.
inline bool is_float_images(const at::Tensor &x) {
  return x.is_cpu() && x.scalar_type() == at::kFloat && x.dim() == 4 && x.numel() > 0;
}
