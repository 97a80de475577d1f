#include "judge/contrast_baseline.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/random.h"

namespace paucal::judge {
namespace {

// Noise, and one dark square.
edge::Fitted image_with(const edge::Box& box, uint64_t seed) {
  edge::Image image(80, 64, 1);
  Random random(seed);
  for (int y = 0; y < image.height; ++y)
    for (int x = 0; x < image.width; ++x) {
      const auto fx = static_cast<float>(x), fy = static_cast<float>(y);
      const bool inside = fx >= box.x0 && fx < box.x1 && fy >= box.y0 && fy < box.y1;
      image.at(x, y) = static_cast<uint8_t>((inside ? 40 : 150) + random.below(12));
    }
  return {image, edge::Geometry(80, 64)};
}

TEST(ContrastBaseline, FindsWhatAThresholdCanFind) {
  std::vector<edge::Fitted> images;
  std::vector<std::vector<edge::Box>> truths;
  for (int i = 0; i < 4; ++i) {
    const auto at = static_cast<float>(8 + 9 * i);
    truths.push_back({{at, at, at + 7, at + 5}});
    images.push_back(image_with(truths.back()[0], static_cast<uint64_t>(i)));
  }
  const ContrastBaseline baseline(images, truths);
  const edge::Box unseen{50, 20, 57, 26};
  const auto found = baseline.boxes(image_with(unseen, 9));
  ASSERT_FALSE(found.empty());
  EXPECT_GT(edge::iou(found[0].box, unseen), .7f);
}

TEST(ContrastBaseline, WithoutBoxedImagesThereIsNone) {
  EXPECT_THROW(ContrastBaseline({}, {}), Error);
}

}  // namespace
}  // namespace paucal::judge
