#include "edge/post/prediction_line.h"

#include <algorithm>

namespace paucal::edge {

Json prediction_line(const ModelCard& card, const Prediction& prediction) {
  Json line = to_json(card, prediction);
  const auto& heat = prediction.heat.values;
  line["heat_peak"] = heat.empty() ? 0. : static_cast<double>(*std::ranges::max_element(heat));
  return line;
}

}  // namespace paucal::edge
