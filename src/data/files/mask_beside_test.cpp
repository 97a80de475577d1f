#include "data/files/mask_beside.h"

#include <gtest/gtest.h>

#include <set>

namespace paucal::data {
namespace {

TEST(MaskBeside, IsAPngBesideAJpeg) {
  const std::set<std::string> files = {"a.jpg",  "a.png", "NG/b.JPEG", "NG/b.PNG", "c.png",
                                       "d.webp", "d.png", "e.jpg",     "e.JPG",    "e.png",
                                       "g.bmp",  "g.png", "h.tif",     "h.png"};
  const HasFile has = [&](const std::string& path) { return files.contains(path); };
  for (const auto& [image, mask] : {std::pair("a.jpg", "a.png"),
                                    {"NG/b.JPEG", "NG/b.PNG"},
                                    {"e.jpg", "e.png"},
                                    {"g.bmp", "g.png"},
                                    {"h.tif", "h.png"}}) {
    EXPECT_EQ(mask_beside(image, has), mask);
    EXPECT_EQ(masked_image(mask, has), image);
  }
  for (const char* image : {"c.png", "d.webp", "f.jpg", "a.png"})
    EXPECT_EQ(mask_beside(image, has), "") << image;
  EXPECT_EQ(mask_beside("e.JPG", has), "") << "a mask is of one image";
  for (const char* picture : {"c.png", "d.png", "a.jpg"})
    EXPECT_EQ(masked_image(picture, has), "") << picture;
}

}  // namespace
}  // namespace paucal::data
