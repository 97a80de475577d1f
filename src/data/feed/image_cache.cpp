#include "data/feed/image_cache.h"

#include <algorithm>
#include <numeric>

#include "base/error.h"
#include "base/host/progress.h"
#include "base/host/threads.h"
#include "base/host/work.h"
#include "data/unlabelled/unlabelled_index.h"
#include "edge/pre/decode.h"

namespace paucal::data {
namespace {

constexpr int64_t kEntryBytes = 256;  // what an image takes beside its pixels

}  // namespace

ImageCache::ImageCache(const Dataset& dataset, const edge::PreprocessOptions& options,
                       int64_t max_pixels, int64_t limit_bytes)
    : dataset_(dataset),
      options_(options),
      max_pixels_(max_pixels),
      room_(limit_bytes),
      parts_(64) {}

edge::Image ImageCache::decode(int number) const {
  count_decoded_image();
  edge::DecodeOptions options{options_.channels, max_pixels_, options_.bits,
                              options_.depth == edge::Depth::k16 ? 16 : 8};
  if (number < dataset_.count()) {
    const Record& record = dataset_.at(number);
    options.page = record.page;
    return value_or_throw(edge::read_image(dataset_.file(record), options));
  }
  const int64_t i = number - dataset_.count();
  auto image = edge::decode_image(dataset_.index->read(i), options);
  if (!image.ok()) fail("decode", "'{}': {}", dataset_.index->name(i), image.failure().message);
  return std::move(*image);
}

std::shared_ptr<const edge::Fitted> ImageCache::get(int number) {
  Part& part = parts_[static_cast<size_t>(number) % parts_.size()];
  const std::lock_guard lock(part.mutex);
  if (const auto found = part.images.find(number); found != part.images.end()) return found->second;
  auto checked = edge::checked_fit(decode(number), options_);
  if (!checked.ok())
    fail(checked.failure().place, "'{}': {}", dataset_.name(number), checked.failure().message);
  const auto fitted = std::make_shared<const edge::Fitted>(std::move(*checked));
  const edge::Image& image = fitted->image;
  const auto bytes =
      static_cast<int64_t>(image.pixels.size() + 2 * image.deep.size()) + kEntryBytes;
  if (room_.fetch_sub(bytes) >= bytes) {
    part.images.emplace(number, fitted);
  } else {
    room_ += bytes;
  }
  return fitted;
}

std::vector<std::pair<int, Problem>> undecodable(const Dataset& dataset, ImageCache& cache,
                                                 const std::vector<int>& numbers) {
  Progress progress("decode", std::ssize(numbers));
  std::mutex mutex;
  std::vector<std::pair<int, Problem>> broken;
  parallel_for(std::ssize(numbers), processor_count(), [&](int64_t i) {
    const int number = numbers[static_cast<size_t>(i)];
    try {
      cache.get(number);
    } catch (const Error& error) {
      const std::lock_guard lock(mutex);
      const char* kind = error.place() == edge::kRegionPlace ? "other-size" : "truncated";
      broken.emplace_back(number, Problem{dataset.name(number), kind, error.message()});
    }
    progress.advance();
  });
  std::ranges::sort(broken, {}, &std::pair<int, Problem>::first);
  return broken;
}

std::vector<std::pair<int, Problem>> undecodable(const Dataset& dataset, ImageCache& cache) {
  std::vector<int> numbers(static_cast<size_t>(dataset.count()));
  std::iota(numbers.begin(), numbers.end(), 0);
  return undecodable(dataset, cache, numbers);
}

std::vector<Problem> look_into_index(const DataOptions& options, const Dataset& dataset,
                                     ImageCache& cache) {
  const auto sample = dataset.index_sample(kLookedInto);
  std::vector<Problem> problems;
  for (auto& [number, problem] : undecodable(dataset, cache, sample))
    problems.push_back(std::move(problem));
  const auto most = options.max_broken * static_cast<double>(sample.size());
  if (static_cast<double>(problems.size()) > most)
    fail("data",
         "data.unlabelled '{}': {} of {} images that were looked at cannot be used, more than "
         "data.max_broken = {}; the first: {}",
         options.unlabelled, problems.size(), sample.size(), options.max_broken,
         problems[0].message);
  return problems;
}

}  // namespace paucal::data
