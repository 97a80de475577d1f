#pragma once
// Lookup tables: an operation that maps each value by itself is 256 numbers, and a run of such
// operations is one table, applied once.

#include <array>
#include <cstdint>

#include "edge/image/image.h"

namespace paucal::data {

struct Lut {
  using Table = std::array<uint8_t, 256>;
  // tables == 1: the first serves every channel. tables == 3: one a channel.
  std::array<Table, 3> table;
  int tables = 1;

  static Lut identity();
  const Table& of(int channel) const { return table[tables == 1 ? 0 : channel]; }
  // This first, then `next`.
  void append(const Lut& next);
};

// `out` may be `in`.
void apply_lut(const Lut& lut, const edge::Image& in, edge::Image& out);

}  // namespace paucal::data
