#include "data/feed/inspection_views.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/random_at.h"
#include "data/augment/mix.h"
#include "data/feed/light.h"
#include "data/feed/sample.h"
#include "data/feed/targets.h"

namespace paucal::data {
namespace {

// Streams of random numbers that must never meet.
constexpr uint64_t kViewStream = 0x76696577;  // "view"
constexpr uint64_t kPairStream = 0x70616972;  // "pair"

enum ViewPool : size_t { kNg, kPasted, kOk };  // of the sampler

std::vector<int> train_records(const Dataset& dataset, bool ok) {
  std::vector<int> items;
  for (const int record : dataset.indices(Split::kTrain))
    if (dataset.is_ok(dataset.records[static_cast<size_t>(record)]) == ok) items.push_back(record);
  return items;
}

// The image, or a part of it that shows `place`, augmented.
Augmented draw_view(const edge::Fitted& fitted, const edge::PreprocessOptions& preprocess,
                    const std::optional<Place>& place, const InspectionAugmentOptions& augment,
                    Random& random) {
  const edge::Tile tile = draw_window(fitted.image, preprocess, place, random);
  const edge::Geometry whole(fitted.image.width, fitted.image.height);
  return augment_inspection(edge::cut_out(fitted, tile).image,
                            whole.cropped(tile.x, tile.y, tile.width, tile.height), augment,
                            random);
}

// Nothing is pasted where nothing counts: there the picture stays as it was.
void take_back_hidden(const Augmented& view, const edge::Fitted& fitted,
                      const edge::PreprocessOptions& preprocess, Pasted& pasted) {
  const edge::Region region = edge::region_of(fitted.geometry, preprocess);
  if (!region.ignored) return;
  const auto channels = static_cast<size_t>(view.image.channels);
  const auto restore = [&]<class T>(size_t pixel, const std::vector<T>& from, std::vector<T>& to) {
    const auto at = static_cast<ptrdiff_t>(pixel * channels);
    if (!from.empty()) std::copy_n(from.begin() + at, channels, to.begin() + at);
  };
  for (size_t i = 0; i < pasted.mask.size(); ++i) {
    if (pasted.mask[i] == 0) continue;
    const auto width = static_cast<size_t>(view.image.width);
    const auto at = view.geometry.to_original(static_cast<double>(i % width) + .5,
                                              static_cast<double>(i / width) + .5);
    const auto [x, y] = fitted.geometry.to_original(at[0], at[1]);
    if (region.counts(static_cast<int>(x), static_cast<int>(y))) continue;
    pasted.mask[i] = 0;
    restore(i, view.image.pixels, pasted.image.pixels);
    restore(i, view.image.deep, pasted.image.deep);
  }
}

}  // namespace

InspectionViews::InspectionViews(const Dataset& dataset, ImageCache& cache,
                                 const ViewOptions& options,
                                 const edge::PreprocessOptions& preprocess, int batch_size,
                                 uint64_t seed, const Share& share)
    : dataset_(dataset),
      cache_(cache),
      options_(options),
      preprocess_(preprocess),
      seed_(seed),
      share_(share),
      ok_(train_records(dataset, true)),
      ng_(train_records(dataset, false)),
      partners_(dataset, ok_),
      pasted_per_batch_(static_cast<int>(std::lround(batch_size * options.pasted))),
      sampler_(make_sampler(batch_size)) {}

Sampler InspectionViews::make_sampler(int batch_size) const {
  if (ok_.empty())
    fail("inspection",
         "no OK image in the training split, expected at least 1; data.ok names the "
         "class folders that mean OK ({} are there)",
         fmt::join(dataset_.classes, ", "));
  int ng = ng_.empty() ? 0 : static_cast<int>(std::lround(batch_size * options_.ng));
  if (ng == 0 && pasted_per_batch_ == 0)
    fail("inspection",
         "a batch of {} would hold no NG image and no pasted defect, expected one; "
         "raise view.ng or view.pasted",
         batch_size);
  const int ok = batch_size - ng - pasted_per_batch_;
  if (ok < 0)
    fail("inspection",
         "view.ng={} and view.pasted={} make more than a whole batch, expected at "
         "most 1 together",
         options_.ng, options_.pasted);
  // In the order of ViewPool.
  return Sampler({{ng_, ng}, {ok_, pasted_per_batch_}, {ok_, ok}}, seed_);
}

int InspectionViews::draw_ok(Random& random) const {
  return ok_[static_cast<size_t>(random.below(static_cast<int64_t>(ok_.size())))];
}

// The first OK images stand beside the NG ones, which come first in the whole batch.
int InspectionViews::partner_of(const Sampler::Row& row,
                                const std::vector<Sampler::Row>& batch) const {
  if (row.pool != kOk) return row.item;
  const auto first = std::ranges::find(batch, size_t{kOk}, &Sampler::Row::pool);
  const Sampler::Row& beside = batch[static_cast<size_t>(row.place - first->place)];
  Random random = random_at(seed_, kPairStream, row.place);
  if (beside.pool != kNg || !random.chance(options_.pairs)) return row.item;
  return partners_.draw(beside.item, random);
}

void InspectionViews::mix_with_ok(edge::Image& image, Random& random) const {
  if (options_.mixup <= 0) return;
  const double share = mix_lambda(options_.mixup, /*at_least_half=*/true, random);
  const Augmented other =
      draw_view(*cache_.get(draw_ok(random)), preprocess_, {}, options_.augment, random);
  if (other.image.pixels.size() != image.pixels.size() || other.image.width != image.width) return;
  const auto mix = [share]<class T>(std::vector<T>& samples, const std::vector<T>& others) {
    for (size_t i = 0; i < samples.size(); ++i)
      samples[i] = static_cast<T>(std::lround(share * samples[i] + (1 - share) * others[i]));
  };
  mix(image.pixels, other.image.pixels);
  mix(image.deep, other.image.deep);
}

std::optional<Place> InspectionViews::draw_defect(int record, const edge::Geometry& fitted,
                                                  Random& random) const {
  const auto number = static_cast<size_t>(record);
  if (auto place = draw_given_place(dataset_.records[number], fitted, random)) return place;
  if (number >= places_.size() || places_[number].empty()) return std::nullopt;
  const auto count = static_cast<int64_t>(places_[number].size());
  return places_[number][static_cast<size_t>(random.below(count))];
}

Batch InspectionViews::batch(int64_t number) const {
  return collate(samples(number), number, preprocess_.multiple);
}

std::vector<Sample> InspectionViews::samples(int64_t number) const {
  const std::vector<Sampler::Row> whole = sampler_.batch(number);
  std::vector<Sample> samples;
  for (const Sampler::Row& row : sampler_.batch(number, share_)) {
    Random random = random_at(seed_, kViewStream, row.place);
    samples.push_back(draw_sample(partner_of(row, whole), row.pool == kPasted, random));
    samples.back().place = row.place;
  }
  return samples;
}

Sample InspectionViews::view_of(const Picked& image, Random& random) const {
  const Augmented view = draw_view(*image.fitted, preprocess_, {}, options_.augment, random);
  Sample sample =
      to_sample(view.image, view.geometry, preprocess_, in_light(image.fitted->of_whole, view));
  sample.record = image.number;
  sample.place = image.place;
  return sample;
}

Sample InspectionViews::draw_sample(int record, bool pasted, Random& random) const {
  const Record& of = dataset_.records[static_cast<size_t>(record)];
  const auto fitted = cache_.get(record);
  std::optional<Place> place;
  if (edge::in_tiles(fitted->image, preprocess_) && !dataset_.is_ok(of)) {
    place = draw_defect(record, fitted->geometry, random);
    // Any tile of it may be OK: what is known to be a defect takes its place.
    if (!place) return draw_sample(draw_ok(random), true, random);
  }
  Augmented view = draw_view(*fitted, preprocess_, place, options_.augment, random);
  mix_with_ok(view.image, random);
  std::vector<uint8_t> mask;
  if (pasted) {
    const auto donor = cache_.get(draw_ok(random));
    const edge::Tile texture = draw_window(donor->image, preprocess_, {}, random);
    Pasted done =
        paste_defect(view.image, edge::cut_out(*donor, texture).image, options_.paste, random);
    take_back_hidden(view, *fitted, preprocess_, done);
    view.image = std::move(done.image);
    mask = std::move(done.mask);
  }
  Sample sample =
      to_sample(view.image, view.geometry, preprocess_, in_light(fitted->of_whole, view));
  sample.record = record;
  sample.label = of.label;
  add_supervision(sample, mask, *fitted, view.geometry);
  sample.mask = std::move(mask);
  return sample;
}

// An OK image is known whole: what was pasted on it, or nothing.
void InspectionViews::add_supervision(Sample& sample, const std::vector<uint8_t>& mask,
                                      const edge::Fitted& fitted,
                                      const edge::Geometry& view) const {
  const Record& record = dataset_.records[static_cast<size_t>(sample.record)];
  if (!mask.empty())
    sample.targets = targets_of_mask(mask, sample.width, sample.height);
  else
    sample.targets = targets_in_view(record, {}, fitted.geometry, view);
  sample.supervision = !sample.targets.empty() && !mask.empty() ? Supervision::kBoxes
                       : dataset_.is_ok(record)                 ? Supervision::kNothing
                                                                : record.supervision;
  if (sample.supervision == Supervision::kNothing) sample.targets.clear();
}

ClassificationViews::ClassificationViews(const Dataset& dataset, ImageCache& cache,
                                         const InspectionAugmentOptions& augment,
                                         const edge::PreprocessOptions& preprocess, int batch_size,
                                         uint64_t seed, const Share& share)
    : dataset_(dataset),
      cache_(cache),
      augment_(augment),
      preprocess_(preprocess),
      seed_(seed),
      share_(share),
      sampler_({{dataset.indices(Split::kTrain), batch_size}}, seed) {}

Batch ClassificationViews::batch(int64_t number) const {
  std::vector<Sample> samples;
  for (const auto& [item, pool, at] : sampler_.batch(number, share_)) {
    Random random = random_at(seed_, kViewStream, at);
    const Record& record = dataset_.records[static_cast<size_t>(item)];
    const auto fitted = cache_.get(item);
    std::optional<Place> place;
    if (edge::in_tiles(fitted->image, preprocess_))
      place = draw_given_place(record, fitted->geometry, random);
    const Augmented view = draw_view(*fitted, preprocess_, place, augment_, random);
    samples.push_back(
        to_sample(view.image, view.geometry, preprocess_, in_light(fitted->of_whole, view)));
    samples.back().record = item;
    samples.back().place = at;
    samples.back().label = record.label;
    samples.back().supervision = record.supervision;
    samples.back().targets =
        targets_in_view(record, {false, dataset_.classes}, fitted->geometry, view.geometry);
  }
  return collate(std::move(samples), number, preprocess_.multiple);
}

}  // namespace paucal::data
