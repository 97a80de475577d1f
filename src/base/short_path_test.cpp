#include "base/short_path.h"

#include <gtest/gtest.h>

namespace paucal {
namespace {

TEST(ShortPath, LeavesWhatFits) {
  EXPECT_EQ(short_path("NG/a.png.jpg"), "NG/a.png.jpg");
  EXPECT_EQ(short_path(std::string(200, 'x')), std::string(200, 'x'));
  EXPECT_EQ(short_path(""), "");
}

TEST(ShortPath, CutsBetweenCharactersAndKeepsNamesApart) {
  std::string name;
  for (int i = 0; i < 79; ++i) name += "缺";  // three bytes each
  const std::string a = short_path("NG/" + name + "1.png.jpg");
  const std::string b = short_path("NG/" + name + "2.png.jpg");
  EXPECT_NE(a, b);
  for (const std::string& path : {a, b}) {
    EXPECT_LE(path.size(), 3 + 200u);
    EXPECT_TRUE(path.ends_with(".jpg")) << path;
    const size_t mark = path.find('~');
    ASSERT_NE(mark, std::string::npos);
    EXPECT_EQ((mark - 3) % 3, 0u) << "a character was cut in two";
  }
  EXPECT_EQ(a, short_path("NG/" + name + "1.png.jpg"));
}

TEST(ShortPath, NamesThatAreNotUtf8StayLong) {
  EXPECT_EQ(short_path(std::string(250, '\x80') + ".jpg").size(), 200u);
}

TEST(ShortPath, CutsFoldersToo) {
  const std::string path = short_path(std::string(230, 'a') + "/" + std::string(230, 'b') + ".png");
  EXPECT_LE(path.size(), 401u);
  EXPECT_EQ(path[200], '/');
}

}  // namespace
}  // namespace paucal
