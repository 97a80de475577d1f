#include "data/feed/semi_views.h"

#include "base/error.h"
#include "base/random_at.h"
#include "data/feed/sample.h"

namespace paucal::data {
namespace {

// Streams of random numbers that must never meet.
constexpr uint64_t kSemiViewStream = 0x73656d69;  // "semi"
constexpr uint64_t kLabelledStream = 0x736c6162;  // "slab"

}  // namespace

SemiViews::SemiViews(const Dataset& dataset, ImageCache& cache, const SemiViewOptions& options,
                     const edge::PreprocessOptions& preprocess, const SemiShares& shares,
                     uint64_t seed, double max_broken, const Share& share)
    : dataset_(dataset),
      cache_(cache),
      options_(options),
      preprocess_(preprocess),
      shares_(shares),
      seed_(seed),
      share_(share),
      labelled_(dataset.indices(Split::kTrain)),
      labelled_order_(std::ssize(labelled_), seed, kLabelledStream),
      unlabelled_(dataset, cache, seed, max_broken) {
  if (labelled_.empty()) fail("semi", "no labelled training image, expected at least 1");
}

Picked SemiViews::labelled_at(int64_t place) const {
  const int64_t item = labelled_order_.at(place);
  const int number = labelled_[static_cast<size_t>(item)];
  return {place, item, number, cache_.get(number)};
}

struct SemiViews::Rows {
  std::vector<Sample> samples;
  std::vector<ViewRows> views;
  std::vector<int64_t> numbers;
  Scratch scratch;
  edge::Image image;
};

void SemiViews::add_view(View view, int nth, const std::vector<Picked>& picked, Rows& rows) const {
  const bool has_label = view == View::kLabelled || view == View::kLabelledStrong;
  auto& [samples, views, numbers, scratch, image] = rows;
  views.push_back({view, static_cast<int>(samples.size()), static_cast<int>(picked.size())});
  for (const auto& [place, item, record, fitted] : picked) {
    Random random = random_at(seed_, kSemiViewStream, place, view_number(view, nth));
    if (view == View::kWeak || view == View::kLabelled)
      weak_view(fitted->image, options_.weak, random, image);
    else
      strong_view(fitted->image, options_.strong, random, scratch, image);
    samples.push_back(to_sample(image, edge::Geometry(image.width, image.height), preprocess_));
    samples.back().record = record;
    samples.back().place = place;
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
}

Batch SemiViews::batch(int64_t number) const {
  // Each image once for all its views.
  std::vector<Picked> labelled, unlabelled;
  const auto& [labels, others, weak, strong, labelled_strong] = shares_;
  for (int i = share_.first(labels); i < share_.end(labels); ++i)
    labelled.push_back(labelled_at(number * labels + i));
  if (weak + strong > 0)
    for (int i = share_.first(others); i < share_.end(others); ++i)
      unlabelled.push_back(unlabelled_.at(number * others + i));
  Rows rows;
  for (int i = 0; i < weak; ++i) add_view(View::kWeak, i, unlabelled, rows);
  add_view(View::kLabelled, 0, labelled, rows);
  if (labelled_strong) add_view(View::kLabelledStrong, 0, labelled, rows);
  for (int i = 0; i < strong; ++i) add_view(View::kStrong, i, unlabelled, rows);
  Batch batch = collate(std::move(rows.samples), number, 1);
  batch.views = std::move(rows.views);
  batch.numbers = std::move(rows.numbers);
  return batch;
}

}  // namespace paucal::data
