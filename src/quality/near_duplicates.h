#pragma once
// Almost-equal pictures: one photo re-saved, resized or brightened, one part photographed twice.

#include <array>
#include <cstdint>
#include <vector>

#include "edge/image/image.h"

namespace paucal::quality {

// What is kept of a picture to compare it with others: what differs from its surroundings, at
// 32×32, so that neither light nor size matters. 1 KiB.
struct Fingerprint {
  std::array<int8_t, 32 * 32> detail{};
};

Fingerprint fingerprint(const edge::Image& image);

struct NearPair {
  int first = 0, second = 0;  // indices, first < second
  double similarity = 0;      // correlation of what each shows beyond the mean picture of the set
};

struct NearDuplicates {
  double limit = 0;             // the least similarity of a pair
  std::vector<NearPair> pairs;  // sorted by index
};

// Pairs that are more alike than photos of different parts are in this set. A fixed camera makes
// all its photos alike: the mean picture is taken off, and the limit is learned from each picture's
// similarity z (Fisher's transform) to the nearest one of another part: median + 4 × (median -
// lower quartile), at least a correlation of .9. So up to half of the pictures may have a copy.
// `parts`: equal numbers are one part, below 0 is a part of its own. Up to 4,000 pictures are all
// compared with each other; among more, neighbours in a table of random projections (SimHash,
// Charikar 2002), which misses fewer than 1 in 1,000 pairs.
NearDuplicates near_duplicates(const std::vector<Fingerprint>& prints,
                               const std::vector<int>& parts);

}  // namespace paucal::quality
