#pragma once
// A part of one image in another, so that no border shows: what a network says of the result tells
// which part it goes by.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/random.h"
#include "judge/raw_source.h"

namespace paucal::judge {

// Some cells of a map.
struct CellSet {
  int width = 0, height = 0;          // cells
  double stride_x = 1, stride_y = 1;  // pixels of the fitted image a cell
  std::vector<uint8_t> cells = {};    // [height, width], 1: one of them

  double share() const;  // of the map
};

// Where the heat says that defects are (calibration.box_heat), the hottest cell in any case, each
// with the cells of the network around it.
CellSet hot_places(const edge::ModelCard& card, const RawPrediction& raw);

// The same shape at a random place that has none of `places`; nothing where it fits nowhere.
std::optional<CellSet> moved_away(const CellSet& places, Random& random);

// How far two images of one size differ outside `places`: the variance of the difference of grey
// levels, so that another brightness is none.
double difference_outside(const edge::Image& a, const edge::Image& b, const CellSet& places);

// `image`, but `places` show what `donor`, of the same size, has there, in the light of `image`:
// cell by cell the donor is made brighter or darker by what the two differ around the places,
// harmonically continued into them (as in Poisson image editing, Pérez et al., SIGGRAPH 2003), and
// the border is faded over a cell. With the two images exchanged everything but the places is
// the donor's.
edge::Image filled(const edge::Image& image, const edge::Image& donor, const CellSet& places);

}  // namespace paucal::judge
