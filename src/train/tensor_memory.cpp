#include "train/tensor_memory.h"

#include <c10/core/CPUAllocator.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace paucal::train {
namespace {

constexpr size_t kAlignment = 64;

// Sixteen sizes to each power of two, so that a block that nearly fits is one that fits: at most
// 1/16 is lost.
size_t rounded(size_t bytes) {
  size_t step = TensorMemory::kLarge / 16;
  while (step * 32 < bytes) step *= 2;
  return (bytes + step - 1) / step * step;
}

void* map_block(size_t bytes) {
  void* block = mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return block == MAP_FAILED ? nullptr : block;
}

TensorMemory& memory() {
  static auto* memory = new TensorMemory;  // tensors of static life are freed after all else
  return *memory;
}

void free_tensor(void* block) {
  if (!memory().give_back(block)) std::free(block);
}

class Allocator : public c10::Allocator {
 public:
  // The interface lost its const, and gained copy_data, between versions: no `override` here, and
  // whichever there is in the base is overridden.
  c10::DataPtr allocate(size_t bytes) const {
    void* block = nullptr;
    if (bytes >= TensorMemory::kLarge)
      block = memory().take(bytes);
    else if (bytes > 0 && posix_memalign(&block, kAlignment, bytes) != 0)
      throw std::bad_alloc();
    return {block, block, &free_tensor, c10::Device(c10::DeviceType::CPU)};
  }
  c10::DataPtr allocate(size_t bytes) { return std::as_const(*this).allocate(bytes); }
  void copy_data(void* to, const void* from, size_t bytes) const { std::memcpy(to, from, bytes); }
  c10::DeleterFnPtr raw_deleter() const override { return &free_tensor; }
};

}  // namespace

TensorMemory::~TensorMemory() {
  release_to(0);
}

void* TensorMemory::take(size_t bytes) {
  const size_t size = rounded(bytes);
  const std::scoped_lock lock(mutex_);
  figures_.in_use += size;
  figures_.most_in_use = std::max(figures_.most_in_use, figures_.in_use);
  void* block = nullptr;
  if (const auto kept = kept_.find(size); kept != kept_.end()) {
    block = kept->second.block;
    kept_.erase(kept);
  } else {
    figures_.held += size;
    release_to(figures_.most_in_use + figures_.most_in_use / 4);
    block = map_block(size);
    if (block == nullptr) {
      release_to(0);
      block = map_block(size);
    }
    if (block == nullptr) {
      figures_.in_use -= size;
      figures_.held -= size;
      throw std::bad_alloc();
    }
  }
  used_.emplace(block, size);
  return block;
}

bool TensorMemory::give_back(void* block) {
  const std::scoped_lock lock(mutex_);
  const auto used = used_.find(block);
  if (used == used_.end()) return false;
  figures_.in_use -= used->second;
  kept_.emplace(used->second, Kept{block, clock_++});
  used_.erase(used);
  return true;
}

TensorMemory::Figures TensorMemory::figures() const {
  const std::scoped_lock lock(mutex_);
  return figures_;
}

// The oldest of the kept blocks go until no more than `limit` bytes are held, or none is kept.
void TensorMemory::release_to(size_t limit) {
  while (figures_.held > limit && !kept_.empty()) {
    const auto oldest =
        std::ranges::min_element(kept_, {}, [](const auto& entry) { return entry.second.since; });
    munmap(oldest->second.block, oldest->first);
    figures_.held -= oldest->first;
    kept_.erase(oldest);
  }
}

void use_tensor_memory() {
  static Allocator allocator;
  c10::SetCPUAllocator(&allocator, /*priority=*/1);
}

}  // namespace paucal::train
