#include "data/feed/semi_views.h"

#include "base/error.h"
#include "base/host/log.h"
#include "data/feed/sample.h"

namespace paucal::data {
namespace {

// Streams of random numbers that must never meet.
constexpr uint64_t kSemiViewStream = 0x73656d69;    // "semi"
constexpr uint64_t kLabelledStream = 0x736c6162;    // "slab"
constexpr uint64_t kUnlabelledStream = 0x73756e6c;  // "sunl"

constexpr int kMostSkipped = 100;    // in a row
constexpr size_t kNamedBroken = 20;  // the others are counted

}  // namespace

SemiViews::SemiViews(const Dataset& dataset, ImageCache& cache, const SemiViewOptions& options,
                     const edge::PreprocessOptions& preprocess, const SemiShares& shares,
                     uint64_t seed, double max_broken)
    : dataset_(dataset),
      cache_(cache),
      options_(options),
      preprocess_(preprocess),
      shares_(shares),
      seed_(seed),
      max_broken_(max_broken),
      labelled_(dataset.indices(Split::kTrain)),
      unlabelled_(dataset),
      labelled_order_(std::ssize(labelled_), seed, kLabelledStream),
      unlabelled_order_(unlabelled_.size(), seed, kUnlabelledStream) {
  if (labelled_.empty()) fail("semi", "no labelled training image, expected at least 1");
}

SemiViews::Picked SemiViews::labelled_at(int64_t position) const {
  const int64_t item = labelled_order_.at(position);
  const int number = labelled_[static_cast<size_t>(item)];
  return {item, number, cache_.get(number)};
}

SemiViews::Picked SemiViews::unlabelled_at(int64_t position) const {
  for (int skipped = 0;; ++skipped) {
    const int64_t item = unlabelled_order_.at(position + skipped);
    const int number = unlabelled_.number(item);
    try {
      return {item, number, cache_.get(number)};
    } catch (const Error& error) {
      note_broken(number, error.message());
      if (skipped == kMostSkipped)
        fail("semi", "{} unlabelled images in a row cannot be read, the last: {}", skipped,
             error.message());
    }
  }
}

void SemiViews::note_broken(int number, const std::string& message) const {
  const std::lock_guard lock(mutex_);
  if (!broken_.insert(number).second) return;
  if (broken_.size() <= kNamedBroken) log::warn("semi: passed over: {}", message);
  if (broken_.size() == kNamedBroken) log::warn("semi: further ones are counted, not named");
  const auto broken = static_cast<double>(broken_.size());
  if (broken > max_broken_ * static_cast<double>(unlabelled_.size()))
    fail("semi",
         "{} of {} unlabelled images cannot be read, more than data.max_broken = {}; the last: {}",
         broken_.size(), unlabelled_.size(), max_broken_, message);
}

int64_t SemiViews::broken() const {
  const std::lock_guard lock(mutex_);
  return std::ssize(broken_);
}

Batch SemiViews::batch(int64_t number) const {
  std::vector<Sample> samples;
  std::vector<ViewRows> views;
  std::vector<int64_t> numbers;
  Scratch scratch;
  edge::Image image;
  const int64_t turn = number * shares_.world + shares_.rank;
  // Each image once for all its views.
  std::vector<Picked> labelled, unlabelled;
  for (int i = 0; i < shares_.labelled; ++i)
    labelled.push_back(labelled_at(turn * shares_.labelled + i));
  for (int i = 0; i < shares_.unlabelled && shares_.weak + shares_.strong > 0; ++i)
    unlabelled.push_back(unlabelled_at(turn * shares_.unlabelled + i));
  const auto add = [&](View view, const std::vector<Picked>& picked) {
    const bool has_label = &picked == &labelled;
    views.push_back({view, static_cast<int>(samples.size()), static_cast<int>(picked.size())});
    for (const auto& [item, record, fitted] : picked) {
      // One generator for each row of each batch.
      Random random(seed_, kSemiViewStream, (static_cast<uint64_t>(turn) << 20) + samples.size());
      if (view == View::kWeak || view == View::kLabelled)
        weak_view(fitted->image, options_.weak, random, image);
      else
        strong_view(fitted->image, options_.strong, random, scratch, image);
      samples.push_back(to_sample(image, edge::Geometry(image.width, image.height), preprocess_));
      samples.back().record = record;
      samples.back().label = has_label ? dataset_.at(record).label : -1;
      numbers.push_back(item);
      const Sample& first = samples.front();
      if (image.width != first.width || image.height != first.height)
        fail("semi",
             "'{}' has {}x{} pixels for the network, '{}' {}x{}; expected one size for all: "
             "input.fit=squash or letterbox",
             dataset_.name(record), image.width, image.height, dataset_.name(first.record),
             first.width, first.height);
    }
  };
  for (int i = 0; i < shares_.weak; ++i) add(View::kWeak, unlabelled);
  add(View::kLabelled, labelled);
  if (shares_.labelled_strong) add(View::kLabelledStrong, labelled);
  for (int i = 0; i < shares_.strong; ++i) add(View::kStrong, unlabelled);
  Batch batch = collate(std::move(samples), number, 1);
  batch.views = std::move(views);
  batch.numbers = std::move(numbers);
  return batch;
}

}  // namespace paucal::data
