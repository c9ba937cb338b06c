// The processes that train one network together.
#pragma once

#include <torch/csrc/distributed/c10d/Backend.hpp>
#include <torch/csrc/distributed/c10d/Store.hpp>

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "conversions.hpp"

// Who of several processes is still there. A process that fails asks; a thread of every living one answers, whatever
// else it does, and learns who did not.
class Presence {
 public:
  Presence(c10::intrusive_ptr<c10d::Store> store, int rank, int size, bool holds_store);
  ~Presence();
  // The ranks that do not answer: found by whoever asks first, and told to all others. Nothing where nobody knows.
  std::vector<int> lost();
  // Whether the store itself does not answer: then its threads do not end.
  bool is_stuck();

 private:
  void watch();
  void ask();
  void tell(std::vector<int> ranks);
  std::vector<int> holder() const;
  bool pause(std::chrono::milliseconds time);
  std::vector<int> without(const char *key, std::vector<int> ranks);

  c10::intrusive_ptr<c10d::Store> asking, answering;
  int rank, size;
  bool holds_store;
  std::mutex mutex;
  std::condition_variable changed;
  std::optional<std::vector<int>> verdict;
  bool leaves = false;
  bool has_asked = false;
  std::once_flag once;
  std::thread asker, watcher;
};

struct torch_processes_impl : torch::CustomClassHolder {
  int rank, size;
  std::chrono::milliseconds timeout;
  c10::intrusive_ptr<c10d::Store> store;
  c10::intrusive_ptr<c10d::Backend> gloo;
  // For tensors on GPUs, where this was built with it; Gloo takes them through the CPU's memory.
  c10::intrusive_ptr<c10d::Backend> nccl;
  std::unique_ptr<Presence> presence;
  std::atomic<bool> has_failed = false;

  ~torch_processes_impl() override;

  c10d::Backend &backend(const at::Tensor &tensor) { return nccl && tensor.is_cuda() ? *nccl : *gloo; }

  c10::intrusive_ptr<c10d::Work> start_sum(at::Tensor &tensor);
  void wait(const c10::intrusive_ptr<c10d::Work> &work);
  void sum(at::Tensor &tensor) { wait(start_sum(tensor)); }
  // One tensor of each rank, in order; all have the same shape.
  std::vector<at::Tensor> gather(const at::Tensor &tensor);
  void broadcast(at::Tensor tensor, int from);

  // What `body` returns; where it throws, the error says on which rank, and who was lost.
  template <typename Body>
  auto guarded(Body body) {
    try {
      return body();
    } catch (const c10::Error &error) {
      fail(error.what_without_backtrace());
    } catch (const std::exception &error) {
      fail(error.what());
    }
  }

 private:
  [[noreturn]] void fail(const std::string &reason);
};

#ifdef USE_C10D_NCCL
c10::intrusive_ptr<c10d::Backend> make_nccl(const torch_processes_impl &processes);
#endif
