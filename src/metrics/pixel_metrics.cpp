#include "metrics/pixel_metrics.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/error.h"

namespace paucal::metrics {
namespace {

constexpr double kNoPixels = std::numeric_limits<double>::quiet_NaN();

constexpr float kTiny = 0x1p-40f, kHuge = 0x1p40f;

// Steps of the cut float from 0 to a score in [0, kHuge].
uint32_t steps(float score) {
  if (score < kTiny) return 0;
  return (std::bit_cast<uint32_t>(score) >> 10) - (std::bit_cast<uint32_t>(kTiny) >> 10) + 1;
}

// A number below 2²² that rises with the score. Between .5 and 1 it steps by 1 - score, or else
// saturated probabilities, the top of the list, would share a few bins.
uint32_t ordered_key(float score) {
  const float size = std::min(std::abs(score), kHuge);
  const uint32_t half = steps(.5f), one = 2 * half;
  uint32_t key = steps(size);
  if (size >= 1)
    key = one + key - steps(1);
  else if (size > .5f)
    key = one - steps(1 - size);
  const uint32_t zero = uint32_t{1} << 21;
  return score < 0 ? zero - key : zero + key;
}

// For each pixel the size of its 8-connected defect region, 0 for normal pixels; and how many
// regions there are.
struct Regions {
  std::vector<uint32_t> size_of;
  uint64_t count = 0;
};

Regions find_regions(const edge::Image& mask) {
  constexpr uint32_t kOpen = ~uint32_t{0};
  Regions regions;
  regions.size_of.reserve(mask.pixels.size());
  for (const uint8_t value : mask.pixels) regions.size_of.push_back(value > 127 ? kOpen : 0);

  std::vector<int> members;
  for (size_t seed = 0; seed < regions.size_of.size(); ++seed) {
    if (regions.size_of[seed] != kOpen) continue;
    ++regions.count;
    members.assign(1, static_cast<int>(seed));
    regions.size_of[seed] = 1;
    for (size_t next = 0; next < members.size(); ++next) {
      const int x = members[next] % mask.width, y = members[next] / mask.width;
      for (int v = std::max(0, y - 1); v <= std::min(mask.height - 1, y + 1); ++v)
        for (int u = std::max(0, x - 1); u <= std::min(mask.width - 1, x + 1); ++u) {
          const int neighbour = v * mask.width + u;
          if (regions.size_of[neighbour] != kOpen) continue;
          regions.size_of[neighbour] = 1;
          members.push_back(neighbour);
        }
    }
    for (const int pixel : members) regions.size_of[pixel] = static_cast<uint32_t>(members.size());
  }
  return regions;
}

void check_sizes(const edge::Map& scores, const edge::Image& mask) {
  if (!mask.empty() &&
      (mask.channels != 1 || mask.width != scores.width || mask.height != scores.height))
    fail("pixel_metrics", "mask of {}x{}x{}, expected {}x{}x1 as the map", mask.width, mask.height,
         mask.channels, scores.width, scores.height);
  for (size_t i = 0; i < scores.values.size(); ++i)
    if (std::isnan(scores.values[i]))
      fail("pixel_metrics", "the map is NaN at ({}, {}), expected a number", i % scores.width,
           i / scores.width);
}

}  // namespace

PixelScores::PixelScores() : pages_(size_t{1} << 14) {}

PixelScores::Bin& PixelScores::bin(float score) {
  const uint32_t key = ordered_key(score);
  auto& page = pages_[key >> 8];
  if (!page) page = std::make_unique<Page>();
  return (*page)[key & 0xff];
}

void PixelScores::each_bin_from_the_top(auto visit) const {
  for (auto page = pages_.rbegin(); page != pages_.rend(); ++page) {
    if (!*page) continue;
    for (auto bin = (*page)->rbegin(); bin != (*page)->rend(); ++bin)
      if (bin->positives + bin->negatives > 0) visit(*bin);
  }
}

void PixelScores::add(const edge::Map& scores, const edge::Image& mask) {
  check_sizes(scores, mask);
  const Regions regions = find_regions(mask);
  regions_ += regions.count;
  for (size_t i = 0; i < scores.values.size(); ++i) {
    Bin& target = bin(scores.values[i]);
    const uint32_t size = mask.empty() ? 0 : regions.size_of[i];
    if (size > 0) {
      ++target.positives;
      ++positives_;
      target.overlap += 1.0 / size;
    } else {
      ++target.negatives;
      ++negatives_;
    }
  }
}

double PixelScores::base_rate() const {
  return pixels() > 0 ? static_cast<double>(positives_) / static_cast<double>(pixels()) : kNoPixels;
}

double PixelScores::average_precision() const {
  if (positives_ == 0) return kNoPixels;
  double area = 0;
  uint64_t right = 0, called = 0;
  each_bin_from_the_top([&](const Bin& bin) {
    right += bin.positives;
    called += bin.positives + bin.negatives;
    area += static_cast<double>(bin.positives) * static_cast<double>(right) /
            static_cast<double>(called);
  });
  return area / static_cast<double>(positives_);
}

double PixelScores::aupro(double max_false_positive_rate) const {
  if (!(max_false_positive_rate > 0 && max_false_positive_rate <= 1))
    fail("pixel_metrics", "false positive rate {}, expected more than 0 and at most 1",
         max_false_positive_rate);
  if (regions_ == 0 || negatives_ == 0) return kNoPixels;
  double area = 0, rate = 0, overlap = 0;
  each_bin_from_the_top([&](const Bin& bin) {
    if (rate >= max_false_positive_rate) return;
    double step = static_cast<double>(bin.negatives) / static_cast<double>(negatives_);
    double rise = bin.overlap / static_cast<double>(regions_);
    if (rate + step > max_false_positive_rate) {  // the last trapezoid ends at the limit
      rise *= (max_false_positive_rate - rate) / step;
      step = max_false_positive_rate - rate;
    }
    area += step * (overlap + rise / 2);
    rate += step;
    overlap += rise;
  });
  return area / max_false_positive_rate;
}

PixelFigures PixelScores::figures() const {
  return {average_precision(), base_rate(), aupro(), static_cast<double>(pixels()),
          static_cast<double>(regions_)};
}

void PixelMetrics::add(const edge::Map& scores, const edge::Image& mask,
                       const std::string& class_name) {
  overall_.add(scores, mask);
  if (!class_name.empty()) classes_[class_name].add(scores, mask);
}

}  // namespace paucal::metrics
