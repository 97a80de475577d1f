#include "quality/near_duplicates.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "edge/pre/decode.h"
#include "edge/pre/encode.h"

namespace paucal::quality {
namespace {

std::vector<Fingerprint> prints_of(const std::vector<edge::Image>& images) {
  std::vector<Fingerprint> prints;
  for (const auto& image : images) prints.push_back(fingerprint(image));
  return prints;
}

std::vector<std::pair<int, int>> pairs_of(const NearDuplicates& found) {
  std::vector<std::pair<int, int>> pairs;
  for (const auto& pair : found.pairs) pairs.emplace_back(pair.first, pair.second);
  return pairs;
}

edge::Image resaved(const edge::Image& image, int quality) {
  return *edge::decode_image(*edge::encode_jpeg(image, quality), {.channels = image.channels});
}

edge::Image textured(uint64_t seed, int strength) {
  Random random(seed);
  edge::Image image(64, 64, 1);
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x)
      image.at(x, y) = static_cast<uint8_t>(2 * x + 20 + random.below(strength));
  return image;
}

TEST(NearDuplicates, FindsResavedAndBrightenedButNotAlikeLighting) {
  std::vector<edge::Image> images;
  for (uint64_t seed = 0; seed < 3; ++seed) images.push_back(textured(seed, 30));
  edge::Image brighter = images[0];
  for (auto& pixel : brighter.pixels) pixel = static_cast<uint8_t>(pixel + 10);
  images.push_back(brighter);
  EXPECT_EQ(pairs_of(near_duplicates(prints_of(images), {-1, -1, -1, -1})),
            (std::vector<std::pair<int, int>>{{0, 3}}));
}

// One camera, one scene of strong edges; parts differ by little.
edge::Image of_fixed_camera(uint64_t part) {
  edge::Image image(96, 96, 1);
  Random scene(1000), random(part);
  for (int y = 0; y < 96; ++y)
    for (int x = 0; x < 96; ++x)
      image.at(x, y) = (x / 12 + y / 12) % 2 ? 200 : static_cast<uint8_t>(40 + scene.below(60));
  for (int spot = 0; spot < 12; ++spot) {
    const auto x0 = static_cast<int>(random.below(90)), y0 = static_cast<int>(random.below(90));
    for (int y = y0; y < y0 + 5; ++y)
      for (int x = x0; x < x0 + 5; ++x)
        image.at(x, y) = static_cast<uint8_t>(std::max(0, image.at(x, y) - 30));
  }
  for (auto& pixel : image.pixels) pixel = static_cast<uint8_t>(pixel + random.below(5));
  return image;
}

TEST(NearDuplicates, PhotosOfAFixedCameraAreNoCopies) {
  std::vector<edge::Image> images;
  for (uint64_t part = 0; part < 60; ++part) images.push_back(of_fixed_camera(part));
  std::vector<int> parts(images.size(), -1);
  EXPECT_TRUE(near_duplicates(prints_of(images), parts).pairs.empty());

  // Yet copies that were saved again are found within such a set.
  images.push_back(resaved(images[7], 60));
  images.push_back(resaved(images[31], 60));
  parts.resize(images.size(), -1);
  const NearDuplicates found = near_duplicates(prints_of(images), parts);
  EXPECT_EQ(pairs_of(found), (std::vector<std::pair<int, int>>{{7, 60}, {31, 61}}));
  EXPECT_GT(found.pairs[0].similarity, found.limit);
}

TEST(NearDuplicates, TheLimitIsThatOfOtherParts) {
  // Five photos of each part: alike within a part, which says nothing of what is a copy.
  std::vector<edge::Image> images;
  std::vector<int> parts;
  for (int part = 0; part < 12; ++part)
    for (uint64_t photo = 0; photo < 5; ++photo) {
      edge::Image image = of_fixed_camera(static_cast<uint64_t>(part));
      Random noise(photo, 5, static_cast<uint64_t>(part));
      for (auto& pixel : image.pixels) pixel = static_cast<uint8_t>(pixel + noise.below(3));
      images.push_back(image);
      parts.push_back(part);
    }
  const NearDuplicates found = near_duplicates(prints_of(images), parts);
  EXPECT_EQ(found.pairs.size(), 12u * 10);
  for (const auto& pair : found.pairs) EXPECT_EQ(pair.first / 5, pair.second / 5);
}

TEST(NearDuplicates, ManyPicturesAreComparedByProjections) {
  std::vector<Fingerprint> prints(5000);
  for (size_t i = 0; i < prints.size(); ++i) {
    Random random(i);
    for (auto& cell : prints[i].detail) cell = static_cast<int8_t>(random.between(-40, 40));
  }
  for (size_t i = 0; i < 50; ++i) {  // each a copy with noise: a correlation of about .98
    Random random(i, 1);
    prints[4000 + i] = prints[i * 17];
    for (auto& cell : prints[4000 + i].detail)
      cell = static_cast<int8_t>(cell + random.between(-8, 8));
  }
  const NearDuplicates found = near_duplicates(prints, std::vector<int>(prints.size(), -1));
  ASSERT_EQ(found.pairs.size(), 50u);
  for (const auto& pair : found.pairs) EXPECT_EQ(pair.first, (pair.second - 4000) * 17);
}

TEST(NearDuplicates, NothingToCompare) {
  EXPECT_TRUE(near_duplicates({}, {}).pairs.empty());
  EXPECT_TRUE(near_duplicates({Fingerprint{}}, {-1}).pairs.empty());
  EXPECT_TRUE(
      near_duplicates(std::vector<Fingerprint>(20), std::vector<int>(20, -1)).pairs.empty());
}

}  // namespace
}  // namespace paucal::quality
