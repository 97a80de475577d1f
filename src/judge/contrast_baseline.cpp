#include "judge/contrast_baseline.h"

#include <cmath>

#include "base/error.h"
#include "edge/post/boxes.h"
#include "edge/pre/local_contrast.h"
#include "metrics/box_accuracy.h"

namespace paucal::judge {
namespace {

edge::Map contrast_of(const edge::Image& image, int radius) {
  edge::Map map(image.width, image.height);
  edge::local_contrast(image, radius, image.width, image.height, map.values.data());
  for (float& value : map.values) value = std::abs(value);
  return map;
}

std::vector<edge::ScoredBox> boxes_in(const edge::Map& contrast, const edge::Geometry& geometry,
                                      float least) {
  constexpr double kMinArea = 4;  // smaller is noise
  std::vector<edge::ScoredBox> boxes;
  for (const edge::Component& c : edge::find_components(contrast, least, least / 2)) {
    if (c.area < kMinArea) continue;
    const auto peak = static_cast<float>(c.peak);
    boxes.push_back({geometry.to_original(c.box), peak / (1 + peak), 0});
  }
  return boxes;
}

}  // namespace

ContrastBaseline::ContrastBaseline(const std::vector<edge::Fitted>& images,
                                   const std::vector<std::vector<edge::Box>>& truths) {
  if (images.empty() || images.size() != truths.size())
    fail("baseline", "{} images with {} lists of boxes, expected as many, at least 1",
         images.size(), truths.size());
  double best = -1;
  for (const int radius : {7, 15, 31}) {
    std::vector<edge::Map> maps;
    for (const edge::Fitted& image : images) maps.push_back(contrast_of(image.image, radius));
    for (float contrast = 1.5f; contrast <= 6; contrast += .25f) {
      std::vector<metrics::ImageBoxes> found;
      for (size_t i = 0; i < images.size(); ++i)
        found.push_back({truths[i], boxes_in(maps[i], images[i].geometry, contrast)});
      const double f1 = metrics::box_f1(found);
      if (f1 <= best) continue;
      best = f1;
      rule_ = {radius, contrast};
    }
  }
}

std::vector<edge::ScoredBox> ContrastBaseline::boxes(const edge::Fitted& image) const {
  return boxes_in(contrast_of(image.image, rule_.radius), image.geometry, rule_.contrast);
}

}  // namespace paucal::judge
