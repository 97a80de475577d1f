#pragma once
// Almost-equal pictures: one part photographed twice, re-saved, resized or brightened.

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "edge/image/image.h"

namespace paucal::quality {

// What is kept of a picture to compare it with others: 1 KiB.
struct Fingerprint {
  uint64_t hash = 0;  // dHash: is each of 8×8 cells darker than its right neighbour?
  std::array<int8_t, 32 * 32> detail{};  // what differs from the surroundings, at 32×32
};

Fingerprint fingerprint(const edge::Image& image);

// Pairs (i < j) whose hashes differ in at most 3 of 64 bits and whose details correlate by at
// least 0.9: smooth lighting alone makes hashes equal, so the fine structure must agree, too.
// Hashes that near share one of four 16-bit bands, so each is compared within its buckets only,
// with at most 32 neighbours: O(n log n).
std::vector<std::pair<int, int>> near_duplicates(const std::vector<Fingerprint>& prints);

}  // namespace paucal::quality
