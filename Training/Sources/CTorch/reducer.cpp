// Averages gradients over processes while the way back still computes others.
//
// Gradients travel in buckets, in the order in which the way back made them the first time: then it is only watched, and
// rank 0's order is what all use from then on. A bucket leaves when it is full and all before it have left, so that the
// processes send the same things in the same order.
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <c10/core/InferenceMode.h>
#include <torch/csrc/autograd/variable.h>

#include <algorithm>
#include <numeric>

#include "processes.hpp"

namespace {

struct Bucket {
  std::vector<size_t> members;
  // The members' gradients, then for each how many processes have one.
  at::Tensor buffer;
  long missing = 0;
  c10::intrusive_ptr<c10d::Work> work;

  template <typename Body>
  void each(const std::vector<at::Tensor> &parameters, Body body) const {
    long offset = 0;
    for (size_t i = 0; i < members.size(); i++) {
      auto &parameter = parameters[members[i]];
      body(parameter, buffer.narrow(0, offset, parameter.numel()).view(parameter.sizes()), flag(i));
      offset += parameter.numel();
    }
  }

  at::Tensor flag(size_t member) const {
    return buffer.select(0, buffer.numel() - static_cast<long>(members.size() - member));
  }
};

}  // namespace

struct torch_reducer_impl {
  c10::intrusive_ptr<torch_processes_impl> processes;
  std::vector<at::Tensor> parameters;
  long bucket_bytes;
  // How often each gradient is added to on one way back; known once the first has been watched.
  std::vector<long> expected, arrivals;
  std::vector<size_t> order, bucket_of;
  std::vector<Bucket> buckets;
  size_t next = 0;
  bool watches = true;
  bool expects = false;

  torch_reducer_impl(torch_processes group, std::vector<at::Tensor> list, long bytes)
      : processes(c10::intrusive_ptr<torch_processes_impl>::reclaim_copy(group)),
        parameters(std::move(list)),
        bucket_bytes(bytes),
        expected(parameters.size()),
        arrivals(parameters.size()),
        bucket_of(parameters.size()) {
    for (auto &parameter : parameters) {
      TORCH_CHECK(
          parameter.options().type_equal(parameters[0].options()) && parameter.is_contiguous(),
          "parameters of different types or on different devices cannot be averaged together");
    }
    order.resize(parameters.size());
    std::iota(order.rbegin(), order.rend(), 0);
    fill_buckets();
    order.clear();
  }

  void fill_buckets() {
    buckets.clear();
    long bytes = 0;
    for (size_t index : order) {
      if (buckets.empty() || bytes >= bucket_bytes) {
        buckets.emplace_back();
        bytes = 0;
      }
      buckets.back().members.push_back(index);
      bucket_of[index] = buckets.size() - 1;
      bytes += static_cast<long>(parameters[index].nbytes());
    }
    for (auto &bucket : buckets) {
      long count = static_cast<long>(bucket.members.size());
      for (size_t index : bucket.members) count += parameters[index].numel();
      bucket.buffer = at::zeros({count}, parameters[0].options().requires_grad(false));
    }
    reset();
  }

  void reset() {
    std::ranges::fill(arrivals, 0);
    next = 0;
    expects = false;
    for (auto &bucket : buckets) {
      bucket.missing = std::ranges::count_if(bucket.members, [&](size_t index) { return expected[index] > 0; });
      bucket.work.reset();
    }
  }

  void arrived(size_t index) {
    if (!expects) return;
    arrivals[index]++;
    if (watches) {
      if (arrivals[index] == 1) order.push_back(index);
      return;
    }
    TORCH_CHECK(
        bucket_of[index] >= next, "a gradient changed after it was averaged: every way back must be through the same layers");
    if (arrivals[index] != expected[index]) return;
    buckets[bucket_of[index]].missing--;
    while (next < buckets.size() && buckets[next].missing == 0) start(buckets[next++]);
  }

  void start(Bucket &bucket) {
    at::NoGradGuard guard;
    bucket.each(parameters, [](const at::Tensor &parameter, at::Tensor place, at::Tensor flag) {
      auto &gradient = parameter.grad();
      flag.fill_(gradient.defined() ? 1 : 0);
      if (gradient.defined()) {
        place.copy_(gradient);
      } else {
        place.zero_();
      }
    });
    bucket.work = processes->start_sum(bucket.buffer);
  }

  void finish() {
    at::NoGradGuard guard;
    while (next < buckets.size()) start(buckets[next++]);
    for (auto &bucket : buckets) {
      processes->wait(bucket.work);
      bucket.buffer.div_(processes->size);
      bucket.each(parameters, [](const at::Tensor &parameter, at::Tensor mean, at::Tensor flag) {
        auto &gradient = parameter.mutable_grad();
        if (gradient.defined()) {
          gradient.copy_(mean);
        } else if (flag.item().toDouble() > 0) {
          gradient = mean.clone();
        }
      });
    }
    if (watches && expects) learn();
    reset();
  }

  // Takes rank 0's order and counts for all.
  void learn() {
    for (size_t index = parameters.size(); index-- > 0;) {
      if (arrivals[index] == 0) order.push_back(index);
    }
    std::vector<int64_t> numbers(order.begin(), order.end());
    numbers.insert(numbers.end(), arrivals.begin(), arrivals.end());
    auto agreed = at::tensor(numbers).to(parameters[0].device());
    processes->broadcast(agreed, 0);
    agreed = agreed.cpu();
    auto *values = agreed.const_data_ptr<int64_t>();
    order.assign(values, values + order.size());
    expected.assign(values + order.size(), values + 2 * order.size());
    watches = false;
    fill_buckets();
  }
};

namespace {

struct Arrival final : torch::autograd::PostAccumulateGradHook {
  torch_reducer_impl *reducer;
  size_t index;

  Arrival(torch_reducer_impl *reducer, size_t index) : reducer(reducer), index(index) {}
  void operator()(const at::Tensor &) override { reducer->arrived(index); }
};

}  // namespace

torch_reducer torch_make_reducer(torch_processes processes, const torch_tensor *parameters, long count, long bucket_bytes) {
  return attempt<torch_reducer>([&] {
    auto reducer = std::make_unique<torch_reducer_impl>(processes, tensors(parameters, count), bucket_bytes);
    for (size_t i = 0; i < reducer->parameters.size(); i++) {
      torch::autograd::impl::set_post_acc_grad_hooks(
          reducer->parameters[i], std::make_unique<Arrival>(reducer.get(), i));
    }
    return reducer.release();
  });
}

void torch_free_reducer(torch_reducer reducer) {
  for (auto &parameter : reducer->parameters) torch::autograd::impl::set_post_acc_grad_hooks(parameter, nullptr);
  delete reducer;
}

void torch_expect_gradients(torch_reducer reducer) { reducer->expects = true; }

bool torch_finish_gradients(torch_reducer reducer) {
  return attempt<bool>([&] { reducer->finish(); return true; });
}
