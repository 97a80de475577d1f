#include "command/part_lines.h"

#include <gtest/gtest.h>

#include "base/part_name.h"

namespace paucal::command {
namespace {

Json view(const char* path, double probability) {
  return {{"path", path},
          {"verdict", probability >= .5 ? "NG" : "OK"},
          {"probability_ng", probability}};
}

TEST(PartName, IsTheFileNameUpToItsLastMark) {
  EXPECT_EQ(part_name("NG/part_7_top.png"), "part_7");
  EXPECT_EQ(part_name("part7.png"), "part7");
  EXPECT_EQ(part_name("a.b/c_1.tif#2"), "c");
  EXPECT_EQ(part_name("a_b/c"), "c");
  EXPECT_EQ(part_name("_x.png"), "_x");
  EXPECT_EQ(part_name(".png"), ".png");
  EXPECT_EQ(part_name(""), "");
}

TEST(PartLines, AreThoseOfTheWorstView) {
  PartLines parts;
  parts.add(view("a_1.png", .2));
  parts.add(view("b_1.png", .1));
  parts.add(view("a_2.png", .7));
  parts.add(view("a_3.png", .6));
  const auto lines = parts.lines();
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0], (Json{{"part", "a"},
                            {"verdict", "NG"},
                            {"probability_ng", .7},
                            {"worst", "a_2.png"},
                            {"views", 3}}));
  EXPECT_EQ(lines[1].at("verdict"), "OK");
}

TEST(PartLines, CallNoPartOkThatWasNotSeenWhole) {
  PartLines parts;
  parts.add(view("a_1.png", .2));
  parts.add({{"path", "a_2.png"}, {"error", "0 bytes"}});
  parts.add(view("b_1.png", .9));
  parts.add({{"path", "b_2.png"}, {"error", "0 bytes"}});
  parts.add({{"path", "c_1.png"}, {"error", "0 bytes"}});
  const auto lines = parts.lines();
  EXPECT_FALSE(lines[0].contains("verdict"));
  EXPECT_EQ(lines[0].at("error"), "1 of 2 views have no verdict");
  EXPECT_EQ(lines[1].at("verdict"), "NG");
  EXPECT_FALSE(lines[2].contains("worst"));
}

}  // namespace
}  // namespace paucal::command
