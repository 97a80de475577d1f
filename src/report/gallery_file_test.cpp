#include "report/gallery_file.h"

#include <gtest/gtest.h>

#include "base/error.h"
#include "base/json_text.h"

namespace paucal::report {
namespace {

TEST(GalleryFile, ComesBackAsItWas) {
  const std::vector<Gallery> galleries = {
      {"Worst escapes",
       "the lowest score first",
       {{"NG/\xC1.png", "called OK", {{{0, 255, 3}, "image/jpeg", "heat map"}}}, {"b", "", {}}}},
      {"Typical hits", "", {}}};
  const Json stored = to_json(galleries);
  const Json read = value_or_throw(parse_json(dump_json(stored), "galleries"));
  EXPECT_EQ(read, stored);
  const std::vector<Gallery> again = galleries_from_json(read);
  EXPECT_EQ(to_json(again), stored);
  ASSERT_EQ(again.size(), 2u);
  EXPECT_EQ(again[0].rows.at(0).title, "NG/\xC1.png");
  EXPECT_EQ(again[0].rows[0].pictures.at(0).bytes, (std::vector<uint8_t>{0, 255, 3}));
  EXPECT_TRUE(again[1].rows.empty());
  EXPECT_TRUE(galleries_from_json(to_json({})).empty());
}

TEST(GalleryFile, BrokenPicturesAreRefused) {
  Json stored = to_json({{"a", "", {{"b", "", {{{1}, "image/jpeg", "c"}}}}}});
  stored[0]["rows"][0]["pictures"][0]["base64"] = "a?";
  EXPECT_THROW(galleries_from_json(stored), Error);
}

}  // namespace
}  // namespace paucal::report
