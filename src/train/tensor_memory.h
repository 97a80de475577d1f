#pragma once
// Where tensors on the CPU live. A training step asks for the same large blocks each time; blocks
// that were given back are kept and handed out again, so that none is zeroed by the kernel a second
// time, and none is cut into pieces that no later tensor fits.

#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <unordered_map>

namespace paucal::train {

// Blocks of at least kLarge bytes. What is held (in use and kept) stays below 1.25 times the most
// that was ever in use at once: the block that has waited longest goes first. Thread-safe.
class TensorMemory {
 public:
  static constexpr size_t kLarge = size_t{1} << 20;

  TensorMemory() = default;
  ~TensorMemory();  // blocks in use stay: their owners may outlive this
  TensorMemory(const TensorMemory&) = delete;
  TensorMemory& operator=(const TensorMemory&) = delete;

  // Of unspecified content, aligned to 64 bytes. Throws std::bad_alloc.
  void* take(size_t bytes);
  // False: not one of its blocks.
  bool give_back(void* block);

  struct Figures {
    size_t in_use = 0, held = 0, most_in_use = 0;  // bytes
  };
  Figures figures() const;

 private:
  struct Kept {
    void* block;
    uint64_t since;
  };
  void release_to(size_t limit);

  mutable std::mutex mutex_;
  std::unordered_map<void*, size_t> used_;  // block → size
  std::multimap<size_t, Kept> kept_;        // by size
  Figures figures_;
  uint64_t clock_ = 0;
};

// Makes it libtorch's CPU allocator, for large blocks; smaller ones go on to malloc. Once a
// process; before the first tensor is best.
void use_tensor_memory();

}  // namespace paucal::train
