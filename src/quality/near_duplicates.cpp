#include "quality/near_duplicates.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <set>

#include "edge/pre/channels.h"
#include "edge/pre/resize.h"

namespace paucal::quality {
namespace {

constexpr int kSide = 32;
constexpr int kMaxBits = 3;
constexpr double kMinCorrelation = 0.9;
constexpr size_t kNeighbours = 32;
constexpr int kReach = 2;  // of the surroundings: 5×5

int surroundings(const edge::Image& image, int x, int y) {
  int sum = 0, count = 0;
  for (int j = std::max(0, y - kReach); j <= std::min(kSide - 1, y + kReach); ++j)
    for (int i = std::max(0, x - kReach); i <= std::min(kSide - 1, x + kReach); ++i) {
      sum += image.at(i, j);
      ++count;
    }
  return (sum + count / 2) / count;
}

// Of two details; 0 where one is flat: nothing to compare says nothing.
double correlation(const Fingerprint& a, const Fingerprint& b) {
  int64_t ab = 0, aa = 0, bb = 0;
  for (size_t i = 0; i < a.detail.size(); ++i) {
    ab += a.detail[i] * b.detail[i];
    aa += a.detail[i] * a.detail[i];
    bb += b.detail[i] * b.detail[i];
  }
  if (aa == 0 || bb == 0) return 0;
  return static_cast<double>(ab) / std::sqrt(static_cast<double>(aa) * static_cast<double>(bb));
}

}  // namespace

Fingerprint fingerprint(const edge::Image& image) {
  const edge::Image grey =
      edge::resize(image.channels == 1 ? image : edge::with_channels(image, 1), kSide, kSide);
  Fingerprint print;
  if (grey.empty()) return print;
  const edge::Image cells = edge::resize(grey, 9, 8);
  for (int y = 0; y < 8; ++y)
    for (int x = 0; x < 8; ++x)
      print.hash |= static_cast<uint64_t>(cells.at(x, y) < cells.at(x + 1, y)) << (8 * y + x);
  for (int y = 0; y < kSide; ++y)
    for (int x = 0; x < kSide; ++x)
      print.detail[static_cast<size_t>(y * kSide + x)] =
          static_cast<int8_t>(std::clamp(int{grey.at(x, y)} - surroundings(grey, x, y), -127, 127));
  return print;
}

std::vector<std::pair<int, int>> near_duplicates(const std::vector<Fingerprint>& prints) {
  std::set<std::pair<int, int>> found;
  std::vector<int> order(prints.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
  for (int band = 0; band < 4; ++band) {
    // Turned so that the band leads: equal bands lie together, near hashes close by.
    const auto turned = [&](int i) {
      return std::pair(std::rotl(prints[static_cast<size_t>(i)].hash, 16 * band), i);
    };
    std::ranges::sort(order, {}, turned);
    for (size_t i = 0; i < order.size(); ++i)
      for (size_t j = i + 1; j < std::min(order.size(), i + 1 + kNeighbours); ++j) {
        const auto [hash_a, a] = turned(order[i]);
        const auto [hash_b, b] = turned(order[j]);
        if (hash_a >> 48 != hash_b >> 48) break;
        if (std::popcount(hash_a ^ hash_b) <= kMaxBits &&
            correlation(prints[static_cast<size_t>(a)], prints[static_cast<size_t>(b)]) >=
                kMinCorrelation)
          found.emplace(std::min(a, b), std::max(a, b));
      }
  }
  return {found.begin(), found.end()};
}

}  // namespace paucal::quality
