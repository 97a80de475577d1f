#pragma once
// The part of each batch that one of several processes makes.

#include <cstdint>

namespace paucal::data {

// Of `count` rows of a kind, rank r of `world` takes [first, end): together the ranks take each
// row once, in their order.
struct Share {
  int rank = 0, world = 1;

  int first(int count) const { return static_cast<int>(int64_t{count} * rank / world); }
  int end(int count) const { return static_cast<int>(int64_t{count} * (rank + 1) / world); }
};

}  // namespace paucal::data
