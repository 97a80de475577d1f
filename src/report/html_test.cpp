#include "report/html.h"

#include <gtest/gtest.h>

namespace paucal::report {
namespace {

TEST(Escape, LeavesNoWayOutOfTextOrAttributes) {
  EXPECT_EQ(escape("<a b=\"c\" d='e'>&"), "&lt;a b=&quot;c&quot; d=&#39;e&#39;&gt;&amp;");
  EXPECT_EQ(escape("Kratzer – 裂纹"), "Kratzer – 裂纹");
  EXPECT_EQ(escape("a\nb\tc"), "a\nb\tc");
}

TEST(Escape, ReplacesControlCharactersAndShowsBytesOfBrokenUtf8) {
  EXPECT_EQ(escape(std::string_view("a\0b", 3)), "a\uFFFDb");
  EXPECT_EQ(escape("\xFFx"), "\\xFFx");
  EXPECT_EQ(escape("\xE2\x82"), "\\xE2\\x82") << "cut off at the end";
  EXPECT_EQ(escape("\xC0\xBC"), "\\xC0\\xBC") << "overlong <";
  EXPECT_EQ(escape("\xED\xA0\x80"), "\\xED\\xA0\\x80") << "a surrogate";
}

TEST(Shorten, CutsBetweenCharacters) {
  EXPECT_EQ(shorten("crack", 5), "crack");
  EXPECT_EQ(shorten("cracks", 5), "crac…");
  EXPECT_EQ(shorten("裂纹裂纹", 3), "裂纹…");
}

}  // namespace
}  // namespace paucal::report
