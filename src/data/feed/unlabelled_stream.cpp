#include "data/feed/unlabelled_stream.h"

#include "base/error.h"
#include "base/host/log.h"

namespace paucal::data {
namespace {

constexpr uint64_t kUnlabelledStream = 0x73756e6c;  // "sunl": never meets another stream
constexpr int kMostSkipped = 100;                   // in a row
constexpr size_t kNamedBroken = 20;                 // the others are counted

}  // namespace

UnlabelledStream::UnlabelledStream(const Dataset& dataset, ImageCache& cache, uint64_t seed,
                                   double max_broken)
    : cache_(cache),
      max_broken_(max_broken),
      set_(dataset),
      order_(set_.size(), seed, kUnlabelledStream) {}

Picked UnlabelledStream::at(int64_t place) const {
  for (int skipped = 0;; ++skipped) {
    const int64_t item = order_.at(place + skipped);
    const int number = set_.number(item);
    try {
      return {place, item, number, cache_.get(number)};
    } catch (const Error& error) {
      note_broken(number, error.message());
      if (skipped == kMostSkipped)
        fail("semi", "{} unlabelled images in a row cannot be read, the last: {}", skipped,
             error.message());
    }
  }
}

void UnlabelledStream::note_broken(int number, const std::string& message) const {
  const std::lock_guard lock(mutex_);
  if (!broken_.insert(number).second) return;
  if (broken_.size() <= kNamedBroken) log::warn("semi: passed over: {}", message);
  if (broken_.size() == kNamedBroken) log::warn("semi: further ones are counted, not named");
  const auto broken = static_cast<double>(broken_.size());
  if (broken > max_broken_ * static_cast<double>(set_.size()))
    fail("semi",
         "{} of {} unlabelled images cannot be read, more than data.max_broken = {}; the last: {}",
         broken_.size(), set_.size(), max_broken_, message);
}

int64_t UnlabelledStream::broken() const {
  const std::lock_guard lock(mutex_);
  return std::ssize(broken_);
}

}  // namespace paucal::data
