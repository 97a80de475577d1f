#pragma once
// The OK images that parts of others are filled from.

#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "data/feed/image_cache.h"
#include "judge/exchange.h"

namespace paucal::judge {

// At the size of the image that it goes into.
struct Donor {
  int record = -1;
  edge::Image image;
};

class Donors {
 public:
  // Keeps up to 64 of the records `ok` in memory, evenly over them, and fewer of large images.
  Donors(const data::Dataset& dataset, data::ImageCache& cache, const std::vector<int>& ok);

  // The one that differs least from `image` outside `places`, of its size if there are any such,
  // and none of the part that the record `not_of` shows. Nothing where there is none.
  std::optional<Donor> most_alike(const edge::Image& image, const CellSet& places,
                                  int not_of = -1) const;

 private:
  bool show_one_part(int a, int b) const;

  const data::Dataset& dataset_;
  std::vector<std::pair<int, std::shared_ptr<const edge::Fitted>>> kept_;
};

}  // namespace paucal::judge
