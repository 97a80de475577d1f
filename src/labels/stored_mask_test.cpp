#include "labels/stored_mask.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "labels/coco.h"
#include "labels/json_fields.h"
#include "labels/labelme.h"
#include "labels/outline.h"

namespace paucal::labels {
namespace {

using ::testing::HasSubstr;

// Pixels whose centre lies in the ring.
edge::Image filled(const Polygons& polygons, int width, int height) {
  edge::Image mask(width, height, 1);
  for (const auto& ring : polygons)
    for (int y = 0; y < height; ++y)
      for (int x = 0; x < width; ++x) {
        bool inside = false;
        for (size_t i = 0, k = ring.size() - 1; i < ring.size(); k = i++) {
          const float py = static_cast<float>(y) + .5f, px = static_cast<float>(x) + .5f;
          if ((ring[i][1] > py) != (ring[k][1] > py) &&
              px < (ring[k][0] - ring[i][0]) * (py - ring[i][1]) / (ring[k][1] - ring[i][1]) +
                       ring[i][0])
            inside = !inside;
        }
        if (inside) ++mask.at(x, y);
      }
  return mask;
}

// As pycocotools writes them.
Json counts_of(const edge::Image& mask) {
  Json counts = Json::array();
  int value = 0, count = 0;
  for (int x = 0; x < mask.width; ++x)
    for (int y = 0; y < mask.height; ++y) {
      if (mask.at(x, y) != value) {
        counts.push_back(count);
        value = mask.at(x, y);
        count = 0;
      }
      ++count;
    }
  counts.push_back(count);
  return counts;
}

std::string text_of_counts(const Json& counts) {
  std::string text;
  for (size_t i = 0; i < counts.size(); ++i) {
    int x = counts[i].get<int>();
    if (i > 2) x -= counts[i - 2].get<int>();
    for (bool more = true; more;) {
      int c = x & 31;
      x >>= 5;
      more = (c & 16) != 0 ? x != -1 : x != 0;
      text += static_cast<char>((more ? c | 32 : c) + '0');
    }
  }
  return text;
}

TEST(StoredMask, RunLengthsCoverExactlyTheirPixels) {
  Random random(5);
  for (int trial = 0; trial < 200; ++trial) {
    edge::Image mask(1 + static_cast<int>(random.below(12)), 1 + static_cast<int>(random.below(12)),
                     1);
    for (uint8_t& pixel : mask.pixels) pixel = random.below(3) > 0;  // with holes
    mask.pixels[0] = 1;
    const Json size = {mask.height, mask.width}, counts = counts_of(mask);
    for (const Json& stored : {counts, Json(text_of_counts(counts))}) {
      const auto polygons = polygons_of_rle({{"size", size}, {"counts", stored}});
      ASSERT_TRUE(polygons.ok()) << polygons.failure().message;
      EXPECT_EQ(filled(*polygons, mask.width, mask.height).pixels, mask.pixels) << trial;
    }
  }
}

TEST(StoredMask, ARegionWithoutHolesIsOneOutline) {
  edge::Image mask(20, 10, 1);
  for (int x = 3; x < 9; ++x) mask.at(x, 4) = mask.at(x, 5) = 1;
  mask.at(3, 6) = mask.at(8, 6) = 1;
  const auto polygons = polygons_of_rle({{"size", {10, 20}}, {"counts", counts_of(mask)}});
  ASSERT_TRUE(polygons.ok());
  ASSERT_EQ(polygons->size(), 1u);
  EXPECT_EQ(bounds_of_all(*polygons), (edge::Box{3, 4, 9, 7}));
}

TEST(StoredMask, RefusesWhatDoesNotAddUp) {
  const auto why = [](const char* json) {
    const auto polygons = polygons_of_rle(Json::parse(json));
    return polygons.ok() ? std::string() : polygons.failure().message;
  };
  EXPECT_THAT(why(R"({"size": [2, 2], "counts": [1, 2]})"), HasSubstr("do not add up"));
  EXPECT_THAT(why(R"({"size": [2, 2], "counts": [4]})"), HasSubstr("empty"));
  EXPECT_THAT(why(R"({"size": [2, 2], "counts": [-1, 5]})"), HasSubstr("neither"));
  EXPECT_THAT(why(R"({"size": [2, 2], "counts": "\u0007"})"), HasSubstr("neither"));
  EXPECT_THAT(why(R"({"size": [2, 2], "counts": "oooooooooooooooooooooo"})"), HasSubstr("neither"));
  EXPECT_THAT(why(R"({"size": [2], "counts": [4]})"), HasSubstr("size"));
  EXPECT_THAT(why(R"({"size": [1000000, 1000000], "counts": [0, 1000000000000]})"),
              HasSubstr("at most"));
  EXPECT_THAT(why(R"({"size": [2, 2], "counts": [9223372036854775807, 9223372036854775807]})"),
              HasSubstr("do not add up"));
  EXPECT_THAT(why("{}"), HasSubstr("size"));
}

// The image is full, and more runs follow, whose sum returns into 64 bits: each would be painted.
TEST(StoredMask, RefusesRunsBehindAFullImage) {
  for (const char* counts :
       {"[4, 5]", "[4, 9223372036854775807]", "[4, 9223372036854775807, 9223372036854775807, 3]"}) {
    const auto polygons = polygons_of_rle({{"size", {2, 2}}, {"counts", Json::parse(counts)}});
    ASSERT_FALSE(polygons.ok()) << counts;
    EXPECT_THAT(polygons.failure().message, HasSubstr("do not add up"));
  }
}

TEST(StoredMask, CocoMasksKeepTheirObjects) {
  std::vector<Problem> problems;
  const auto images = parse_coco(R"({"images": [{"id": 1, "file_name": "a.png"}],
    "categories": [{"id": 1, "name": "x"}], "annotations": [
      {"image_id": 1, "category_id": 1, "segmentation": {"size": [4, 5], "counts": [5, 2, 13]}},
      {"image_id": 1, "category_id": 1, "bbox": [0, 0, 4, 4],
       "segmentation": {"size": [4, 5], "counts": [5, 2]}},
      {"image_id": 1, "category_id": 1, "bbox": [0, 0, 4, 4], "segmentation": [[]]}]})",
                                 "a.json", problems);
  ASSERT_EQ(images.size(), 1u);
  ASSERT_EQ(images[0].instances.size(), 3u);
  EXPECT_EQ(images[0].instances[0].box, (edge::Box{1, 1, 2, 3}));
  EXPECT_EQ(images[0].instances[0].polygons.size(), 1u);
  EXPECT_FALSE(images[0].incomplete);
  ASSERT_EQ(problems.size(), 1u) << "[[]] is no outline, and no error";
  EXPECT_THAT(problems[0].message, HasSubstr("annotations[1]: segmentation: counts do not add up"));
}

// The PNG is 3×2 grey, 0 1 1 / 0 0 1.
constexpr const char* kPicture =
    "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAAAAAC4HznGAAAAEElEQVR4nGNgYGRkYGBgBAAAFAAEh6V9aQAAAABJRU5Erk"
    "Jggg==";

TEST(StoredMask, LabelmeMasksIncludeTheirLastPixel) {
  const auto image_of = [](const std::string& mask, const char* points) {
    std::vector<std::string> faults;
    auto image = parse_labelme(R"({"imagePath": "a.png", "shapes": [{"label": "x", "points": )" +
                                   std::string(points) + R"(, "shape_type": "mask", "mask": ")" +
                                   mask + "\"}]}",
                               "a.json", faults);
    return std::pair(value_or_throw(std::move(image)), faults);
  };
  const auto [image, none] = image_of(kPicture, "[[10, 20], [12, 21]]");
  EXPECT_TRUE(none.empty()) << none[0];
  ASSERT_EQ(image.instances.size(), 1u);
  EXPECT_EQ(image.instances[0].box, (edge::Box{11, 20, 13, 22}));
  const auto pixels = filled(image.instances[0].polygons, 16, 24);
  EXPECT_EQ(std::ranges::count(pixels.pixels, 1), 3);
  EXPECT_EQ(pixels.at(11, 21), 0);
  EXPECT_THAT(image_of(kPicture, "[[10, 20], [13, 21]]").second.at(0),
              HasSubstr("the mask is 3×2, its points say 4×2"));
  EXPECT_THAT(image_of("?", "[[10, 20], [12, 21]]").second.at(0), HasSubstr("base64"));
  EXPECT_TRUE(image_of("AAAA", "[[10, 20], [12, 21]]").first.incomplete);
}

TEST(Labelme, RotatedShapesKeepTheirOutlineAndUnknownOnesAreNamed) {
  std::vector<std::string> faults;
  const auto image = parse_labelme(R"({"imagePath": "a.png", "shapes": [
    {"label": "x", "shape_type": "rotation", "points": [[50, 20], [70, 40], [50, 60], [30, 40]]},
    {"label": "x", "shape_type": "quadrilateral", "points": [[0, 0], [9, 0], [9, 9], [1, 9]]},
    {"label": "x", "shape_type": "linestrip", "points": [[0, 0], [9, 0], [9, 9]]},
    {"label": "x", "shape_type": "cuboid", "points": [[0, 0], [9, 0], [9, 9]]}]})",
                                   "a.json", faults);
  ASSERT_TRUE(image.ok());
  ASSERT_EQ(image->instances.size(), 4u);
  EXPECT_EQ(image->instances[0].polygons.at(0).size(), 4u);
  EXPECT_EQ(image->instances[1].polygons.at(0).size(), 4u);
  EXPECT_TRUE(image->instances[2].polygons.empty());
  EXPECT_FALSE(image->incomplete);
  ASSERT_EQ(faults.size(), 1u);
  EXPECT_THAT(faults[0], HasSubstr("shapes[3]: shape_type 'cuboid' is not known"));
}

TEST(Labelme, RefusesWhatWouldNotBeReadAgain) {
  std::vector<std::string> faults;
  const auto image = parse_labelme(R"({"imagePath": "a.png", "shapes": [
    {"label": "x", "shape_type": "circle", "points": [[9e6, 0], [0, 0]]},
    {"label": "x", "shape_type": "line", "points": [[1e7, 0], [1e7, 5]]},
    {"label": "x", "shape_type": "point", "points": [[1e7, 0]]},
    {"label": "x", "score": ["\uef80"], "points": [[1, 1], [2, 2]]}]})",
                                   "a.json", faults);
  ASSERT_TRUE(image.ok());
  EXPECT_EQ(image->instances.size(), 1u);
  ASSERT_EQ(faults.size(), 3u);
  EXPECT_THAT(faults[0], HasSubstr("shapes[0]: the shape leaves the pixels within ±10000000"));
  EXPECT_THAT(faults[1], HasSubstr("shapes[1]: the shape leaves"));
  EXPECT_THAT(faults[2], HasSubstr("shapes[3]: score is [\"\uef80\"], expected 0 to 1"));
}

TEST(Labelme, GroupsHoldPartsTogether) {
  Annotated given{.image = "a.png", .source = ""};
  given.instances = {
      {{10, 10, 60, 60}, "x", {{{10, 10}, {20, 10}, {20, 20}}, {{50, 50}, {60, 50}, {60, 60}}}},
      {{1, 1, 5, 5}, "x", {{{1, 1}, {5, 1}, {5, 5}}}},
      {{1, 1, 9, 9}, "y", {{{1, 1}, {5, 1}, {5, 5}}, {{6, 6}, {9, 6}, {9, 9}}}}};
  std::vector<std::string> faults;
  const auto read = parse_labelme(to_labelme(given, "a.png"), "a.json", faults);
  ASSERT_TRUE(read.ok());
  ASSERT_EQ(read->instances.size(), 3u);
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(read->instances[i].box, given.instances[i].box);
    EXPECT_EQ(read->instances[i].polygons, given.instances[i].polygons);
  }
  std::vector<Problem> problems;
  labelme_format().name_losses(given, problems);
  EXPECT_TRUE(problems.empty());
  given.instances[1].box = {0, 0, 40, 40};
  labelme_format().name_losses(given, problems);
  ASSERT_EQ(problems.size(), 1u);
  EXPECT_THAT(problems[0].message, HasSubstr("boxes of 1 objects"));
}

}  // namespace
}  // namespace paucal::labels
