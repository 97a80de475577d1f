#include "edge/post/detector_card.h"

#include "base/error.h"
#include "base/options_json.h"

namespace paucal::edge {

Json to_json(const DetectorCard& card) {
  return {{"classes", card.classes},
          {"strides", card.strides},
          {"anchors", options_json(card.anchors)},
          {"nms", options_json(card.nms)},
          {"score", card.score}};
}

DetectorCard detector_from_json(const Json& json) {
  constexpr size_t kMaxLevels = 8, kMaxShapes = 32;
  DetectorCard card;
  card.classes = json.at("classes").get<int>();
  card.strides = json.at("strides").get<std::vector<int>>();
  options_of(card.anchors).load_json(json.at("anchors"));
  options_of(card.nms).load_json(json.at("nms"));
  card.score = json.at("score").get<double>();
  if (card.classes < 1 || card.classes > 100'000)
    fail("model", "detector: {} classes, expected 1 to 100000", card.classes);
  if (card.strides.size() > kMaxLevels)
    fail("model", "detector: {} levels, expected at most {}", card.strides.size(), kMaxLevels);
  for (const int stride : card.strides)
    if (stride < 1 || stride > 1024)
      fail("model", "detector: stride {}, expected 1 to 1024", stride);
  for (const auto* shapes : {&card.anchors.sizes, &card.anchors.ratios})
    if (shapes->empty() || shapes->size() > kMaxShapes)
      fail("model", "detector: {} anchor sizes or ratios, expected 1 to {}", shapes->size(),
           kMaxShapes);
  if (!(card.score >= 0 && card.score <= 1))
    fail("model", "detector: score {}, expected 0 to 1", card.score);
  return card;
}

}  // namespace paucal::edge
