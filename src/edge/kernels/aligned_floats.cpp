#include <cstdint>
#include <cstring>
#include <new>

#include "base/system.h"
#include "edge/kernels/conv2d.h"
#include "edge/machine/round.h"

namespace paucal::edge {
namespace {

constexpr std::align_val_t kAlign{kAlignment};
// From this size on a block comes in huge pages where the system has them: touching 80 MB of small
// pages costs longer than the packing itself. Fresh pages are zero already.
constexpr size_t kHugePage = size_t{2} << 20;

}  // namespace

AlignedFloats::AlignedFloats(size_t count) : bytes_(count * sizeof(float)) {
  if (bytes_ < kHugePage) {
    data_ = static_cast<float*>(::operator new(bytes_ + 1, kAlign));
    std::memset(data_, 0, bytes_);
    return;
  }
  bytes_ += kHugePage;  // so that a huge page can begin where the data does
  block_ = system::take_pages(bytes_);
  if (!block_) throw std::bad_alloc();
  const auto at = (reinterpret_cast<uintptr_t>(block_) + kHugePage - 1) / kHugePage * kHugePage;
  data_ = reinterpret_cast<float*>(at);
  system::prefer_huge_pages(data_, bytes_ - kHugePage);  // advice: nothing depends on it
}

AlignedFloats::~AlignedFloats() {
  if (block_)
    system::give_back_pages(block_, bytes_);
  else
    ::operator delete(data_, kAlign);
}

}  // namespace paucal::edge
