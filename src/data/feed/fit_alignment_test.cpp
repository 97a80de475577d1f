#include "data/feed/fit_alignment.h"

#include <gmock/gmock.h>

#include "base/error.h"
#include "base/random.h"
#include "edge/pre/test_part.h"

namespace paucal::data {
namespace {

std::vector<edge::Image> plates(int count, double across) {
  Random random(5);
  std::vector<edge::Image> images;
  for (int i = 0; i < count; ++i)
    images.push_back(
        edge::plate({random.uniform(60, 100), random.uniform(60, 80), random.uniform(-3, 3)}, 160,
                    140, across));
  return images;
}

TEST(FitAlignment, ShowsPartsWithAMarginAroundThem) {
  const auto images = plates(9, 30);
  const edge::Alignment found = alignment_of(images, edge::Align::kPca);
  EXPECT_TRUE(found.bright);
  EXPECT_NEAR(found.width, 60 * 1.15, 3);
  EXPECT_NEAR(found.height, 30 * 1.15, 4);
}

TEST(FitAlignment, ATemplateTurnsSquaresToEachOther) {
  const auto images = plates(9, 60);
  const edge::Alignment found = alignment_of(images, edge::Align::kTemplate);
  std::vector<edge::Image> shown;
  for (const auto& image : images) {
    edge::Geometry geometry(image.width, image.height);
    shown.push_back(edge::aligned(image, found, geometry));
  }
  for (size_t i = 1; i < shown.size(); ++i) {
    double sum = 0;
    for (size_t p = 0; p < shown[i].pixels.size(); ++p)
      sum += std::abs(shown[0].pixels[p] - shown[i].pixels[p]);
    EXPECT_LT(sum / static_cast<double>(shown[0].pixels.size()), 4) << i;
  }
}

TEST(FitAlignment, RefusesPicturesWithoutAPart) {
  try {
    alignment_of({edge::Image(40, 30, 1, 9), edge::Image(40, 30, 1, 9)}, edge::Align::kPca);
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.message(),
              "view.align=pca: 0 of 2 OK images show a part that stands out against its ground, "
              "expected most of them");
  }
}

}  // namespace
}  // namespace paucal::data
