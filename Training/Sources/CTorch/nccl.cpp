// Built where Package.swift knows NCCL's headers.
#ifdef USE_C10D_NCCL
#include <torch/csrc/distributed/c10d/ProcessGroupNCCL.hpp>

#include "processes.hpp"

c10::intrusive_ptr<c10d::Backend> make_nccl(const torch_processes_impl &processes) {
  auto options = c10d::ProcessGroupNCCL::Options::create();
  options->timeout = processes.timeout;
  return c10::make_intrusive<c10d::ProcessGroupNCCL>(
      c10::make_intrusive<c10d::PrefixStore>("nccl", processes.store), processes.rank, processes.size, options);
}
#endif
