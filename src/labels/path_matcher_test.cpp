#include "labels/path_matcher.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace paucal::labels {
namespace {

using ::testing::ElementsAre;

// The path that `name` means, or what is said of it.
std::string meant(const PathMatcher& matcher, std::string_view name) {
  const PathMatcher::Match match = matcher.match(name);
  return match.found() ? matcher.path(match.index) : matcher.why_not(match);
}

TEST(PathMatcher, ATailCountsUnlessItsHeadNamesAnotherFolder) {
  const PathMatcher matcher({"good/000.png", "good/001.png", "scratch/001.png", "scratch/7.png"});
  EXPECT_EQ(meant(matcher, "test/good/000.png"), "good/000.png");
  EXPECT_EQ(meant(matcher, "images/000.png"), "good/000.png");
  EXPECT_EQ(meant(matcher, "000"), "good/000.png");
  EXPECT_EQ(meant(matcher, "000.xml"), "good/000.png");
  EXPECT_EQ(meant(matcher, "test/scratch/000.png"), "no such image");
  EXPECT_EQ(meant(matcher, "scratch/sub/000.png"), "no such image");
  EXPECT_EQ(meant(matcher, "/data/scratch/set/good/000.png"), "good/000.png")
      << "the whole path is there: the head says where the set lies";
  EXPECT_EQ(meant(matcher, "scratch/x/001.png"), "scratch/001.png") << "the other one contradicts";
  EXPECT_EQ(meant(PathMatcher({"000.png", "scratch/1.png"}), "scratch/000.png"), "no such image");
}

TEST(PathMatcher, NamesBothPathsThatFit) {
  const PathMatcher matcher({"good/001.png", "scratch/001.png"});
  EXPECT_EQ(meant(matcher, "001.png"), "fits both 'good/001.png' and 'scratch/001.png'");
  EXPECT_EQ(meant(matcher, "001"), "fits both 'good/001.png' and 'scratch/001.png'");
  const PathMatcher endings({"cam1/a.png", "cam1/a.jpg", "x/cam1/a.png"});
  EXPECT_EQ(meant(endings, "cam1/a.png"), "cam1/a.png") << "a whole path goes before a tail";
  EXPECT_EQ(meant(endings, "cam1/a.jpg"), "cam1/a.jpg");
}

TEST(PathMatcher, ReadsOtherSpellings) {
  const PathMatcher matcher({"NG/my part.png", "NG/b\\c.png", "OK/d.png"});
  EXPECT_EQ(meant(matcher, "images/my%20part.png"), "NG/my part.png");
  EXPECT_EQ(meant(matcher, "/data/local-files/?d=NG/my%20part.png"), "NG/my part.png");
  EXPECT_EQ(meant(matcher, "NG/b\\c.png"), "NG/b\\c.png") << "as it stands goes first";
  EXPECT_EQ(meant(matcher, "C:\\set\\OK\\d.png"), "OK/d.png");
  EXPECT_EQ(meant(matcher, "./OK/./x/../d.png"), "OK/d.png");
  EXPECT_EQ(meant(matcher, ""), "no such image");
  EXPECT_EQ(meant(matcher, "%"), "no such image");
  EXPECT_EQ(meant(matcher, std::string(1'000'000, '/')), "no such image");
  EXPECT_THAT(readings("a%2"), ElementsAre("a%2"));
  EXPECT_THAT(readings("100%.png"), ElementsAre("100%.png"));
}

}  // namespace
}  // namespace paucal::labels
