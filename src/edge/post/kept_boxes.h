#pragma once
// Boxes that greedy suppression has kept, and whether a new one overlaps one of them. They lie in
// blocks whose loop has a fixed length, so that compilers turn it into vector instructions.

#include <algorithm>
#include <cstddef>
#include <vector>

#include "edge/image/image.h"

namespace paucal::edge {

class KeptBoxes {
 public:
  // Whether the IoU with one of them is more than `limit`.
  bool overlap(const Box& box, float limit) const {
    const float area = box.area();
    for (const Block& block : blocks_)
      if (block.overlap(box, area, limit)) return true;
    return false;
  }

  void add(const Box& box) {
    const size_t place = count_++ % kBlock;
    if (place == 0) blocks_.emplace_back();
    Block& block = blocks_.back();
    block.x0[place] = box.x0;
    block.y0[place] = box.y0;
    block.x1[place] = box.x1;
    block.y1[place] = box.y1;
    block.area[place] = box.area();
  }

 private:
  static constexpr size_t kBlock = 32;
  struct Block {
    // Free places hold an empty box, which overlaps nothing.
    float x0[kBlock] = {}, y0[kBlock] = {}, x1[kBlock] = {}, y1[kBlock] = {}, area[kBlock] = {};

    bool overlap(const Box& box, float box_area, float limit) const {
      int found = 0;
      for (size_t i = 0; i < kBlock; ++i) {
        const float width = std::min(x1[i], box.x1) - std::max(x0[i], box.x0);
        const float height = std::min(y1[i], box.y1) - std::max(y0[i], box.y0);
        const float both = std::max(width, 0.f) * std::max(height, 0.f);
        found |= both > limit * (area[i] + box_area - both);  // both / total > limit
      }
      return found != 0;
    }
  };

  std::vector<Block> blocks_;
  size_t count_ = 0;
};

}  // namespace paucal::edge
