// Large blocks of the CPU's memory, kept when they are freed and given again.
//
// A training step frees and takes the same sizes again and again. The C library gives large blocks back to the system,
// which then zeroes every page anew: a fifth of a small network's step.
#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>
#ifdef __linux__
#include <malloc.h>
#endif

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <limits>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "conversions.hpp"

namespace {

constexpr size_t smallest_kept = 1 << 16;
constexpr size_t huge_page = 1 << 21;
// Room before the data for the block's size; keeps the data on a cache line.
constexpr size_t header = 64;

class KeptBlocks {
  std::mutex mutex;
  std::unordered_map<size_t, std::vector<void *>> blocks;

 public:
  void *take(size_t size) {
    if (size >= smallest_kept) {
      std::lock_guard<std::mutex> lock(mutex);
      auto &free = blocks[size];
      if (!free.empty()) {
        void *block = free.back();
        free.pop_back();
        return block;
      }
    }
    size_t alignment = size < huge_page ? header : huge_page;
    void *block = nullptr;
    if (posix_memalign(&block, alignment, size)) {
      give_back();
      if (posix_memalign(&block, alignment, size)) return nullptr;
    }
#ifdef MADV_HUGEPAGE
    if (size >= huge_page) madvise(block, size, MADV_HUGEPAGE);
#endif
    *static_cast<size_t *>(block) = size;
    return block;
  }

  void keep(void *block) {
    size_t size = *static_cast<size_t *>(block);
    if (size < smallest_kept) return std::free(block);
    std::lock_guard<std::mutex> lock(mutex);
    blocks[size].push_back(block);
  }

  void give_back() {
    std::lock_guard<std::mutex> lock(mutex);
    for (auto &[size, free] : blocks) {
      for (void *block : free) std::free(block);
      free.clear();
    }
  }
};

// Lives as long as the process: tensors are freed until its end.
KeptBlocks &kept = *new KeptBlocks;

void keep(void *data) {
  if (data) kept.keep(static_cast<char *>(data) - header);
}

struct KeepingAllocator final : at::Allocator {
  at::DataPtr allocate(size_t count) override {
    if (count == 0) return {nullptr, nullptr, keep, at::kCPU};
    // Eight sizes between a power of two and the next.
    size_t step = std::max(std::bit_floor(count + header) / 8, size_t{1});
    size_t size = (count + header + step - 1) / step * step;
    auto *block = static_cast<char *>(kept.take(size));
    TORCH_CHECK(block, "out of memory: ", count, " bytes were asked for");
    return {block + header, block + header, keep, at::kCPU};
  }

  at::DeleterFnPtr raw_deleter() const override { return keep; }

  void copy_data(void *target, const void *source, size_t count) const override {
    default_copy_data(target, source, count);
  }
};

}  // namespace

void torch_keep_memory(void) {
  static std::once_flag once;
  std::call_once(once, [] {
    c10::SetCPUAllocator(new KeepingAllocator, 1);
#ifdef M_MMAP_THRESHOLD
    // For what LibTorch's libraries take by themselves.
    mallopt(M_MMAP_THRESHOLD, 32 << 20);
    mallopt(M_TRIM_THRESHOLD, std::numeric_limits<int>::max());
#endif
  });
}

void torch_give_back_memory(void) { kept.give_back(); }
