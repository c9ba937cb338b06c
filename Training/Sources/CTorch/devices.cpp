#include <ATen/Context.h>
#include <ATen/DeviceAccelerator.h>
#include <ATen/Parallel.h>
#include <ATen/accelerator/Graph.h>
#include <ATen/detail/CUDAHooksInterface.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <dlfcn.h>
#include <stdlib.h>

#include <memory>
#include <mutex>

#include "conversions.hpp"

bool torch_seed(uint64_t seed) {
  return attempt<bool>([&] { at::manual_seed(seed); return true; });
}

torch_tensor torch_random_state(int device, int index) {
  return attempt<torch_tensor>([&] {
    auto generator = at::globalContext().defaultGenerator(device_of(device, index));
    std::lock_guard<std::mutex> lock(generator.mutex());
    return give(generator.get_state());
  });
}

bool torch_set_random_state(int device, int index, torch_tensor state) {
  return attempt<bool>([&] {
    auto generator = at::globalContext().defaultGenerator(device_of(device, index));
    std::lock_guard<std::mutex> lock(generator.mutex());
    generator.set_state(borrow(state));
    return true;
  });
}

void torch_set_threads(int count) { at::set_num_threads(count); }
int torch_threads(void) { return at::get_num_threads(); }
bool torch_flush_denormals(void) {
  return attempt<bool>([&] {
    at::parallel_for(0, at::get_num_threads(), 1, [](long, long) { at::globalContext().setFlushDenormal(true); });
    return at::globalContext().setFlushDenormal(true);
  });
}

bool torch_require_determinism(void) {
  return attempt<bool>([&] {
    // cuBLAS reads this when it is first used.
    setenv("CUBLAS_WORKSPACE_CONFIG", ":4096:8", 0);
    at::globalContext().setDeterministicCuDNN(true);
    at::globalContext().setBenchmarkCuDNN(false);
    at::globalContext().setDeterministicAlgorithms(true, true);
    return true;
  });
}

bool torch_load_cuda(const char *library) {
  if (dlopen(library, RTLD_NOW | RTLD_GLOBAL)) return true;
  torch_set_last_error(dlerror());
  return false;
}

long torch_cuda_devices(void) {
  return attempt<long>([&] { return at::hasCUDA() ? at::detail::getCUDAHooks().deviceCount() : 0; });
}

long torch_peak_memory(int device, int index) {
  return attempt<long>([&] {
    auto place = device_of(device, index);
    return at::getDeviceAllocator(place.type())->getDeviceStats(place.index()).allocated_bytes[0].peak;
  });
}

bool torch_synchronize(int device, int index) {
  return attempt<bool>([&] {
    auto place = device_of(device, index);
    if (!place.is_cpu()) {
      c10::impl::VirtualGuardImpl guard(place.type());
      guard.synchronizeDevice(place.has_index() ? place.index() : guard.getDevice().index());
    }
    return true;
  });
}

struct torch_recording_impl {
  c10::Stream before;
  std::unique_ptr<at::accelerator::Graph> graph;
};

torch_recording torch_open_recording(int device, int index) {
  return attempt<torch_recording>([&] {
    auto place = device_of(device, index);
    c10::impl::VirtualGuardImpl guard(place.type());
    place = place.has_index() ? place : guard.getDevice();
    guard.synchronizeDevice(place.index());
    auto graph = std::make_unique<at::accelerator::Graph>();
    auto before = guard.exchangeStream(guard.getStreamFromGlobalPool(place));
    return new torch_recording_impl{before, std::move(graph)};
  });
}

bool torch_start_recording(torch_recording recording) {
  return attempt<bool>([&] {
    c10::impl::VirtualGuardImpl(recording->before.device_type()).synchronizeDevice(recording->before.device_index());
    recording->graph->capture_begin();
    return true;
  });
}

bool torch_end_recording(torch_recording recording) {
  return attempt<bool>([&] {
    c10::impl::VirtualGuardImpl guard(recording->before.device_type());
    guard.exchangeStream(recording->before);
    recording->graph->capture_end();
    return true;
  });
}

bool torch_play(torch_recording recording) {
  return attempt<bool>([&] { recording->graph->replay(); return true; });
}
void torch_free_recording(torch_recording recording) { delete recording; }
