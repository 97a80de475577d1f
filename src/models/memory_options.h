#pragma once
// A memory of what OK images look like, around a network (memory.h). Not chosen by people but
// written by whoever fits one (weak/one_class): it belongs to the shape of the network's file.

#include <string>
#include <vector>

#include "base/options.h"

namespace paucal::models {

struct MemoryOptions {
  std::string kind = "nearest";
  int vectors = 0;
  int dims = 0;
  std::vector<int> strides = {};
  int neighbourhood = 1;
  bool with_head = false;

  bool on() const { return dims > 0; }
  bool gaussian() const { return kind == "gaussian"; }

  template <class V>
  void visit(V& v) {
    v(kind, "kind", "distance to the nearest place that is kept, or from a normal distribution",
      OneOf{{"nearest", "gaussian"}});
    v(vectors, "vectors", "places of OK images that are kept; of a distribution: its folds",
      Range{0, 100'000});
    v(dims, "dims", "numbers a place; 0: no memory", Range{0, 4096});
    v(strides, "strides", "stages that describe a place, by their strides", Range{1, 64});
    v(neighbourhood, "neighbourhood", "a place is the mean of so many by so many, odd",
      Range{1, 9});
    v(with_head, "with_head", "the class map counts, too");
  }
};

}  // namespace paucal::models
