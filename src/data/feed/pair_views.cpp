#include "data/feed/pair_views.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/random_at.h"
#include "data/feed/light.h"
#include "data/feed/sample.h"
#include "edge/post/tiles.h"
#include "edge/pre/channels.h"

namespace paucal::data {
namespace {

constexpr uint64_t kTwinStream = 0x7477696e;  // "twin"
constexpr int kTries = 16;                    // to find a place that both views show

using Point = std::array<double, 2>;

bool shows(const edge::Image& view, const Point& at) {
  return at[0] >= 0 && at[1] >= 0 && at[0] < view.width && at[1] < view.height;
}

size_t pixel_at(const edge::Image& view, const Point& at) {
  return static_cast<size_t>(at[1]) * static_cast<size_t>(view.width) + static_cast<size_t>(at[0]);
}

PlacePair pair_of(const Point& first, const Point& second) {
  return {{static_cast<float>(first[0]), static_cast<float>(first[1])},
          {static_cast<float>(second[0]), static_cast<float>(second[1])}};
}

// Of a view that another one's place leads to.
Point led(const edge::Geometry& from, const edge::Geometry& to, const Point& at) {
  const Point original = from.to_original(at[0], at[1]);
  return to.to_network(original[0], original[1]);
}

Point pulled_inside(const edge::Image& view, const Point& at) {
  return {std::clamp(at[0], 0., view.width - 1.), std::clamp(at[1], 0., view.height - 1.)};
}

}  // namespace

struct PairViews::Pair {
  edge::ImageMoments of_whole;
  Augmented first, second;
  std::vector<uint8_t> mask;   // of the second; empty: nothing was pasted
  std::vector<size_t> marked;  // its pixels with a defect
};

PairViews::PairViews(const std::vector<int>& numbers, ImageCache& cache,
                     const PairViewOptions& options, const edge::PreprocessOptions& preprocess,
                     int batch_size, uint64_t seed, std::optional<edge::PreprocessOptions> other)
    : numbers_(numbers),
      cache_(cache),
      options_(options),
      preprocess_(preprocess),
      other_(std::move(other)),
      seed_(seed),
      sampler_({{numbers, batch_size}}, seed) {
  if (numbers.empty()) fail("pretrain", "no image to learn from, expected at least one");
}

edge::Fitted PairViews::window(const edge::Fitted& fitted, Random& random) const {
  const auto start = [&](int length, int side) {
    return static_cast<int>(random.below(length - side + 1));
  };
  const int width = std::min(options_.side, fitted.image.width);
  const int height = std::min(options_.side, fitted.image.height);
  const int x = start(fitted.image.width, width), y = start(fitted.image.height, height);
  edge::Fitted part = edge::cut_out(fitted, {x, y, width, height});
  part.geometry =
      edge::Geometry(fitted.image.width, fitted.image.height).cropped(x, y, width, height);
  return part;
}

// Both show the same window, so that most places of one are in the other. Mirrored borders are the
// same in both, too.
PairViews::Pair PairViews::draw(int number, Random& random) const {
  const auto fitted = cache_.get(number);
  const edge::Fitted part = window(*fitted, random);
  Pair pair;
  pair.of_whole = fitted->of_whole ? *fitted->of_whole : edge::image_moments(fitted->image);
  pair.first = augment_inspection(part.image, part.geometry, options_.augment, random);
  pair.second = augment_inspection(part.image, part.geometry, options_.augment, random);
  if (random.chance(options_.pasted)) paste(pair, random);
  return pair;
}

void PairViews::paste(Pair& pair, Random& random) const {
  const int donor = numbers_[static_cast<size_t>(random.below(std::ssize(numbers_)))];
  const edge::Fitted texture = window(*cache_.get(donor), random);
  Pasted pasted = paste_defect(pair.second.image, texture.image, options_.paste, random);
  pair.second.image = std::move(pasted.image);
  pair.mask = std::move(pasted.mask);
  for (size_t i = 0; i < pair.mask.size(); ++i)
    if (pair.mask[i]) pair.marked.push_back(i);
}

void PairViews::draw_places(const Pair& pair, Random& random, PairBatch& batch) const {
  const edge::Image& first = pair.first.image;
  const edge::Image& second = pair.second.image;
  const edge::Geometry &at_first = pair.first.geometry, &at_second = pair.second.geometry;
  // Where no other is found: the middle, which all but the wildest warps leave in both.
  const Point middle = {first.width / 2., first.height / 2.};
  PlacePair last = pair_of(middle, pulled_inside(second, led(at_first, at_second, middle)));
  for (int i = 0; i < options_.places; ++i) {
    for (int tries = 0; tries < kTries; ++tries) {
      const Point here = {random.uniform(0, first.width), random.uniform(0, first.height)};
      const Point there = led(at_first, at_second, here);
      if (!shows(second, there)) continue;
      if (!pair.mask.empty() && pair.mask[pixel_at(second, there)]) continue;
      last = pair_of(here, there);
      break;
    }
    batch.same.push_back(last);
  }
  for (int i = 0; i < defect_places(); ++i) {
    if (pair.marked.empty()) {
      batch.defects.emplace_back();
      continue;
    }
    const size_t pixel = pair.marked[static_cast<size_t>(random.below(std::ssize(pair.marked)))];
    const auto width = static_cast<size_t>(second.width);
    const Point there = {static_cast<double>(pixel % width) + .5,
                         static_cast<double>(pixel / width) + .5};
    batch.defects.push_back(pair_of(pulled_inside(first, led(at_second, at_first, there)), there));
  }
  batch.is_defect.push_back(pair.marked.empty() ? 0.F : 1.F);
}

PairBatch PairViews::batch(int64_t number) const {
  PairBatch batch;
  std::vector<Sample> samples[2], others[2];
  for (const auto& [item, pool, place] : sampler_.batch(number)) {
    Random random = random_at(seed_, kTwinStream, place);
    const Pair pair = draw(item, random);
    draw_places(pair, random, batch);
    for (const bool second : {false, true}) {
      const Augmented& view = second ? pair.second : pair.first;
      const auto moments = in_light(pair.of_whole, view);
      Sample sample = to_sample(view.image, view.geometry, preprocess_, moments);
      sample.record = item;
      sample.place = place;
      if (second) sample.mask = pair.mask;
      samples[second].push_back(std::move(sample));
      if (!other_) continue;
      const edge::Image seen = edge::with_channels(view.image, other_->channels);
      others[second].push_back(to_sample(seen, view.geometry, *other_, moments));
    }
  }
  std::ranges::move(samples[1], std::back_inserter(samples[0]));
  batch.views = collate(std::move(samples[0]), number, preprocess_.multiple);
  if (!other_) return batch;
  std::ranges::move(others[1], std::back_inserter(others[0]));
  batch.other = collate(std::move(others[0]), number, preprocess_.multiple);
  return batch;
}

}  // namespace paucal::data
