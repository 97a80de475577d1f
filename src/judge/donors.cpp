#include "judge/donors.h"

#include <algorithm>
#include <cmath>

#include "base/evenly.h"
#include "edge/pre/resize.h"

namespace paucal::judge {
namespace {

constexpr size_t kMostDonors = 64, kFewestDonors = 4;
constexpr size_t kDonorBytes = size_t{256} << 20;

}  // namespace

Donors::Donors(const data::Dataset& dataset, data::ImageCache& cache, const std::vector<int>& ok)
    : dataset_(dataset) {
  if (ok.empty()) return;
  const auto one = cache.get(ok[0]);
  const size_t bytes = std::max<size_t>(1, one->image.pixels.size() + 2 * one->image.deep.size());
  for (const int record : evenly(ok, std::clamp(kDonorBytes / bytes, kFewestDonors, kMostDonors)))
    kept_.emplace_back(record, cache.get(record));
}

std::optional<Donor> Donors::most_alike(const edge::Image& image, const CellSet& places,
                                        int not_of) const {
  std::optional<Donor> best;
  double least = INFINITY;
  for (const bool wanted : {true, false}) {
    for (const auto& [record, fitted] : kept_) {
      const edge::Image& seen = fitted->image;
      const bool same_size = seen.width == image.width && seen.height == image.height;
      if (same_size != wanted || show_one_part(record, not_of)) continue;
      edge::Image sized = same_size ? seen : edge::resize(seen, image.width, image.height);
      const double difference = difference_outside(image, sized, places);
      if (difference >= least) continue;
      least = difference;
      best = Donor{record, std::move(sized)};
    }
    if (best) break;
  }
  return best;
}

bool Donors::show_one_part(int a, int b) const {
  if (b < 0) return false;
  const std::string& group = dataset_.at(a).group;
  return a == b || (!group.empty() && group == dataset_.at(b).group);
}

}  // namespace paucal::judge
