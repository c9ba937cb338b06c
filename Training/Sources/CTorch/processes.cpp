#include "processes.hpp"

#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>
#include <c10/util/Logging.h>
#include <torch/csrc/distributed/c10d/FileStore.hpp>
#include <torch/csrc/distributed/c10d/PrefixStore.hpp>
#include <torch/csrc/distributed/c10d/ProcessGroupGloo.hpp>
#include <torch/csrc/distributed/c10d/TCPStore.hpp>

#include <algorithm>
#include <cstring>
#include <numeric>

namespace {

struct Gloo final : c10d::ProcessGroupGloo {
  using ProcessGroupGloo::ProcessGroupGloo;

  // What the others wait for here fails at once.
  void abort() override {
    for (auto &context : contexts_) context->closeConnections();
  }
};

c10::intrusive_ptr<c10d::ProcessGroupGloo::Options> gloo_options(
    const std::string &host, std::chrono::milliseconds timeout) {
  const char *interface = std::getenv("GLOO_SOCKET_IFNAME");
  bool is_local = host == "localhost" || host.starts_with("127.");
  if (!interface && !is_local) return c10d::ProcessGroupGloo::Options::create_default(timeout);
  auto options = c10d::ProcessGroupGloo::Options::create(timeout);
  options->devices.push_back(
      interface ? c10d::ProcessGroupGloo::createDeviceForInterface(interface)
                : c10d::ProcessGroupGloo::createDeviceForHostname("127.0.0.1"));
  return options;
}

// The first sentence, without Gloo's place in its source.
std::string sentence(const std::string &reason) {
  auto line = reason.substr(0, reason.find('\n'));
  auto start = line.starts_with('[') ? line.find("] ") : std::string::npos;
  if (start != std::string::npos) line = line.substr(start + 2);
  return line.substr(0, line.find(". "));
}

std::string list(const std::vector<int> &ranks) {
  std::string text = ranks.size() == 1 ? "rank " : "ranks ";
  for (size_t i = 0; i < ranks.size(); i++) text += (i ? ", " : "") + std::to_string(ranks[i]);
  return text;
}

}  // namespace

torch_processes_impl::~torch_processes_impl() {
  if (presence && presence->is_stuck()) (void)presence.release();
  presence.reset();
  // Work that failed may still be under way; waiting for it could take as long as the timeout.
  if (has_failed) (void)gloo.release();
}

void torch_processes_impl::fail(const std::string &reason) {
  has_failed = true;
  gloo->abort();
  if (nccl) nccl->abort();
  auto lost = presence->lost();
  auto place = c10::str("rank ", rank, " of ", size, ": ");
  TORCH_CHECK(
      lost.empty(), place, list(lost), lost.size() == 1 ? " no longer answers" : " no longer answer", " (",
      sentence(reason), "); resume from the last checkpoint, with any number of processes");
  TORCH_CHECK(
      false, place, sentence(reason), "; all processes still answer: where one is slow, allow more than ",
      timeout.count() / 1000.0, " s; where one was stopped, resume from the last checkpoint");
}

c10::intrusive_ptr<c10d::Work> torch_processes_impl::start_sum(at::Tensor &tensor) {
  return guarded([&] {
    std::vector<at::Tensor> tensors{tensor};
    return backend(tensor).allreduce(tensors);
  });
}

void torch_processes_impl::wait(const c10::intrusive_ptr<c10d::Work> &work) {
  guarded([&] { work->wait(); });
}

std::vector<at::Tensor> torch_processes_impl::gather(const at::Tensor &tensor) {
  return guarded([&] {
    std::vector<std::vector<at::Tensor>> outputs(1);
    for (int i = 0; i < size; i++) outputs[0].push_back(at::empty_like(tensor));
    std::vector<at::Tensor> inputs{tensor};
    backend(tensor).allgather(outputs, inputs)->wait();
    return outputs[0];
  });
}

void torch_processes_impl::broadcast(at::Tensor tensor, int from) {
  guarded([&] {
    std::vector<at::Tensor> tensors{tensor};
    c10d::BroadcastOptions options;
    options.rootRank = from;
    backend(tensor).broadcast(tensors, options)->wait();
  });
}

torch_processes torch_join(
    const char *host, int port, const char *file, bool launcher_holds_store, const char *run, int rank, int size,
    double seconds) {
  return attempt<torch_processes>([&] {
    // What fails is an error here; c10d would tell it too, with C++'s stack.
    if (!std::getenv("TORCH_CPP_LOG_LEVEL")) FLAGS_caffe2_log_level = 2;
    auto processes = c10::make_intrusive<torch_processes_impl>();
    processes->rank = rank;
    processes->size = size;
    processes->timeout = std::chrono::milliseconds(static_cast<long>(seconds * 1000));
    auto place = file ? std::string(file) : c10::str(host, ":", port);
    try {
      c10::intrusive_ptr<c10d::Store> store;
      if (file) {
        store = c10::make_intrusive<c10d::FileStore>(file, size);
      } else {
        c10d::TCPStoreOptions options;
        options.port = static_cast<uint16_t>(port);
        options.isServer = rank == 0 && !launcher_holds_store;
        options.numWorkers = size;
        options.timeout = processes->timeout;
        store = c10::make_intrusive<c10d::TCPStore>(host, options);
      }
      store->setTimeout(processes->timeout);
      processes->store = c10::make_intrusive<c10d::PrefixStore>(run, store);
      auto options = gloo_options(file ? "" : host, processes->timeout);
      processes->gloo =
          c10::make_intrusive<Gloo>(c10::make_intrusive<c10d::PrefixStore>("gloo", processes->store), rank, size, options);
#ifdef USE_C10D_NCCL
      if (torch_cuda_devices() > 0) processes->nccl = make_nccl(*processes);
#endif
    } catch (const std::exception &error) {
      auto *torch_error = dynamic_cast<const c10::Error *>(&error);
      TORCH_CHECK(
          false, "rank ", rank, " of ", size, " met not all others at ", place, " within ", seconds, " s: ",
          sentence(torch_error ? torch_error->what_without_backtrace() : error.what()));
    }
    processes->presence = std::make_unique<Presence>(processes->store, rank, size, !file && !launcher_holds_store);
    return processes.release();
  });
}

void torch_leave(torch_processes processes) { c10::intrusive_ptr<torch_processes_impl>::reclaim(processes); }

bool torch_lost_ranks(torch_processes processes, long *ranks, long *count) {
  return attempt<bool>([&] {
    auto lost = processes->has_failed ? processes->presence->lost() : std::vector<int>();
    *count = static_cast<long>(std::min(lost.size(), static_cast<size_t>(processes->size)));
    std::copy_n(lost.begin(), *count, ranks);
    return true;
  });
}

bool torch_all_reduce(torch_processes processes, torch_tensor tensor, bool takes_greatest) {
  return attempt<bool>([&] {
    processes->guarded([&] {
      std::vector<at::Tensor> tensors{borrow(tensor).detach()};
      c10d::AllreduceOptions options;
      if (takes_greatest) options.reduceOp = c10d::ReduceOp::MAX;
      processes->backend(tensors[0]).allreduce(tensors, options)->wait();
    });
    return true;
  });
}

bool torch_broadcast(torch_processes processes, const torch_tensor *handles, long count, int from) {
  return attempt<bool>([&] {
    for (auto &tensor : tensors(handles, count)) processes->broadcast(tensor.detach(), from);
    return true;
  });
}

bool torch_barrier(torch_processes processes) {
  return attempt<bool>([&] {
    processes->guarded([&] { processes->gloo->barrier()->wait(); });
    return true;
  });
}

bool torch_gather_bytes(torch_processes processes, const void *bytes, long count, int to, void **all, long *counts) {
  return attempt<bool>([&] {
    *all = nullptr;
    auto sizes = processes->gather(at::full({1}, count, at::kLong));
    for (int i = 0; i < processes->size; i++) counts[i] = sizes[i].item<int64_t>();
    long greatest = *std::max_element(counts, counts + processes->size);
    long total = std::accumulate(counts, counts + processes->size, 0L);
    auto own = at::zeros({greatest}, at::kByte);
    if (count) std::memcpy(own.data_ptr(), bytes, count);
    bool receives = to == processes->rank || to < 0;
    auto parts = processes->guarded([&] {
      std::vector<std::vector<at::Tensor>> outputs(receives ? 1 : 0);
      for (auto &output : outputs) {
        for (int i = 0; i < processes->size; i++) output.push_back(at::empty_like(own));
      }
      std::vector<at::Tensor> inputs{own};
      c10d::GatherOptions options;
      options.rootRank = to;
      if (greatest > 0) {
        (to < 0 ? processes->gloo->allgather(outputs, inputs) : processes->gloo->gather(outputs, inputs, options))
            ->wait();
      }
      return receives ? outputs[0] : std::vector<at::Tensor>();
    });
    if (!receives) return true;
    auto *target = static_cast<char *>(std::malloc(total + 1));
    TORCH_CHECK(target, "out of memory");
    *all = target;
    for (int i = 0; i < processes->size; target += counts[i++]) {
      if (counts[i]) std::memcpy(target, parts[i].const_data_ptr(), counts[i]);
    }
    return true;
  });
}
