#include "quality/near_duplicates.h"

#include <algorithm>
#include <cmath>
#include <mutex>
#include <numeric>
#include <set>

#include "base/host/threads.h"
#include "base/random.h"
#include "edge/pre/channels.h"
#include "edge/pre/resize.h"

namespace paucal::quality {
namespace {

constexpr int kSide = 32;
constexpr size_t kCells = kSide * kSide;
constexpr int kReach = 2;               // of the surroundings: 5×5
constexpr double kMinSimilarity = 0.9;  // a re-saved copy has more in any set
constexpr double kSpread = 4;           // of half an interquartile range, above the median
constexpr size_t kMinForMean = 16;      // of fewer pictures the mean is half made of each
constexpr size_t kCompareAll = 4000;
constexpr int64_t kLookedUp = 5'000'000;  // comparisons from which the limit is learned
constexpr int kBands = 16, kBandBits = 12;
constexpr size_t kNeighbours = 64;                   // in a band
constexpr uint64_t kProjectionStream = 0x7369'6d68;  // "simh"

int surroundings(const edge::Image& image, int x, int y) {
  int sum = 0, count = 0;
  for (int j = std::max(0, y - kReach); j <= std::min(kSide - 1, y + kReach); ++j)
    for (int i = std::max(0, x - kReach); i <= std::min(kSide - 1, x + kReach); ++i) {
      sum += image.at(i, j);
      ++count;
    }
  return (sum + count / 2) / count;
}

int8_t limited(int value) {
  return static_cast<int8_t>(std::clamp(value, -127, 127));
}

int32_t dot(const Fingerprint& a, const Fingerprint& b) {
  int32_t sum = 0;
  for (size_t i = 0; i < kCells; ++i) sum += int{a.detail[i]} * int{b.detail[i]};
  return sum;
}

// The pictures without what all of them share, and their lengths.
struct Residuals {
  std::vector<Fingerprint> prints;
  std::vector<double> lengths;

  // 0 where one is flat: nothing to compare says nothing.
  double similarity(size_t a, size_t b) const {
    const double scale = lengths[a] * lengths[b];
    return scale > 0 ? dot(prints[a], prints[b]) / scale : 0;
  }
};

Residuals residuals_of(const std::vector<Fingerprint>& prints) {
  Residuals result{prints, {}};
  std::array<int64_t, kCells> sum{};
  for (const auto& print : prints)
    for (size_t i = 0; i < kCells; ++i) sum[i] += print.detail[i];
  const auto count = static_cast<double>(prints.size());
  for (auto& print : result.prints) {
    for (size_t i = 0; prints.size() >= kMinForMean && i < kCells; ++i)
      print.detail[i] = limited(print.detail[i] -
                                static_cast<int>(std::lround(static_cast<double>(sum[i]) / count)));
    result.lengths.push_back(std::sqrt(static_cast<double>(dot(print, print))));
  }
  return result;
}

double quantile(std::vector<double>& values, double share) {
  const auto at =
      values.begin() + static_cast<ptrdiff_t>(share * static_cast<double>(values.size() - 1));
  std::ranges::nth_element(values, at);
  return *at;
}

// From pictures that are spread evenly over the set, each against all of other parts.
double learned_limit(const Residuals& residuals, const std::vector<int>& parts) {
  const auto count = static_cast<int64_t>(residuals.prints.size());
  if (count < 2) return 1;
  const int64_t asked =
      std::clamp<int64_t>(kLookedUp / count, std::min<int64_t>(count, 100), count);
  std::vector<double> nearest(static_cast<size_t>(asked), 0);
  parallel_for(asked, processor_count(), [&](int64_t k) {
    const auto i = static_cast<size_t>(k * count / asked);
    double best = 0;
    for (size_t j = 0; j < residuals.prints.size(); ++j)
      if (i != j && (parts[i] < 0 || parts[i] != parts[j]))
        best = std::max(best, residuals.similarity(i, j));
    nearest[static_cast<size_t>(k)] = std::atanh(std::min(best, 1 - 1e-9));
  });
  const double median = quantile(nearest, .5);
  const double limit = median + kSpread * (median - quantile(nearest, .25));
  return std::max(kMinSimilarity, std::tanh(limit));
}

void compare_all(const Residuals& residuals, double limit, std::vector<NearPair>& pairs) {
  std::mutex mutex;
  parallel_for(static_cast<int64_t>(residuals.prints.size()), processor_count(),
               [&](int64_t number) {
                 const auto i = static_cast<size_t>(number);
                 for (size_t j = i + 1; j < residuals.prints.size(); ++j)
                   if (const double s = residuals.similarity(i, j); s >= limit) {
                     const std::lock_guard lock(mutex);
                     pairs.push_back({static_cast<int>(i), static_cast<int>(j), s});
                   }
               });
}

// On which side of kBandBits random planes each picture lies.
std::vector<uint32_t> band_of(const Residuals& residuals, int band) {
  std::array<Fingerprint, kBandBits> planes;
  Random random(0, kProjectionStream, static_cast<uint64_t>(band));
  for (auto& plane : planes)
    for (auto& cell : plane.detail) cell = random.chance(.5) ? 1 : -1;
  std::vector<uint32_t> keys(residuals.prints.size());
  parallel_for(static_cast<int64_t>(keys.size()), processor_count(), [&](int64_t number) {
    const auto i = static_cast<size_t>(number);
    for (const auto& plane : planes)
      keys[i] = keys[i] << 1 | static_cast<uint32_t>(dot(plane, residuals.prints[i]) > 0);
  });
  return keys;
}

void compare_neighbours(const Residuals& residuals, double limit, std::vector<NearPair>& pairs) {
  std::set<std::pair<int, int>> seen;
  std::vector<int> order(residuals.prints.size());
  std::iota(order.begin(), order.end(), 0);
  for (int band = 0; band < kBands; ++band) {
    const std::vector<uint32_t> keys = band_of(residuals, band);
    std::ranges::stable_sort(order, {}, [&](int i) { return keys[static_cast<size_t>(i)]; });
    for (size_t a = 0; a < order.size(); ++a)
      for (size_t b = a + 1; b < std::min(order.size(), a + 1 + kNeighbours); ++b) {
        const auto [i, j] = std::minmax(order[a], order[b]);
        if (keys[static_cast<size_t>(i)] != keys[static_cast<size_t>(j)]) break;
        const double s = residuals.similarity(static_cast<size_t>(i), static_cast<size_t>(j));
        if (s >= limit && seen.emplace(i, j).second) pairs.push_back({i, j, s});
      }
  }
}

}  // namespace

Fingerprint fingerprint(const edge::Image& image) {
  const edge::Image grey =
      edge::resize(image.channels == 1 ? image : edge::with_channels(image, 1), kSide, kSide);
  Fingerprint print;
  if (grey.empty()) return print;
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x)
      print.detail[static_cast<size_t>(y * kSide + x)] =
          limited(int{grey.at(x, y)} - surroundings(grey, x, y));
  return print;
}

NearDuplicates near_duplicates(const std::vector<Fingerprint>& prints,
                               const std::vector<int>& parts) {
  const Residuals residuals = residuals_of(prints);
  NearDuplicates result;
  result.limit = learned_limit(residuals, parts);
  if (prints.size() <= kCompareAll)
    compare_all(residuals, result.limit, result.pairs);
  else
    compare_neighbours(residuals, result.limit, result.pairs);
  std::ranges::sort(result.pairs, {},
                    [](const NearPair& p) { return std::pair(p.first, p.second); });
  return result;
}

}  // namespace paucal::quality
