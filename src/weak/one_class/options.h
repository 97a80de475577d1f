#pragma once
// Learning from OK images alone. Free of torch.

#include <string>
#include <vector>

#include "base/options.h"

namespace paucal::weak {

struct OneClassOptions {
  std::string method = "auto";
  double alpha = .01;
  int enough = 30;
  int turns = 0;
  std::vector<int> strides = {16, 32};
  int neighbourhood = 0;
  int vectors = 2000;
  int dims = 128;
  double top = .01;

  template <class V>
  void visit(V& v) {
    v(method, "method",
      "bank: a memory of OK places; gauss: their normal distribution; head: a class map, learnt "
      "from pasted defects and NG images; "
      "both: the two in one map; auto: what suits the NG images that there are",
      OneOf{{"auto", "bank", "gauss", "head", "both"}});
    v(alpha, "alpha", "share of OK images that may be called NG, where a memory decides",
      Range{1e-4, .5});
    v(enough, "enough", "auto: with this many NG images for training the class map learns",
      Range{1, 100'000});
    v(turns, "turns",
      "a memory sees each OK image in this many directions; 0: as many as lower the scores of "
      "images that it has not seen",
      Range{0, 36});
    v(strides, "strides", "stages of the network that describe a place, by their strides",
      Range{2, 32});
    v(neighbourhood, "neighbourhood",
      "a place is described by the mean of so many places by so many, odd: 3 where texture counts, "
      "1 where small defects do; 0: the one of them from which pasted defects stand out more",
      Range{0, 9});
    v(vectors, "vectors", "bank, both: places of OK images in a memory, at most", Range{1, 20'000});
    v(dims, "dims", "bank, both: numbers that describe a place, at most", Range{2, 1024});
    v(top, "top", "an image scores as the mean of this share of the places of its map",
      Range{1e-6, 1});
  }
};

}  // namespace paucal::weak
