#include "base/utf8_path.h"

#include <gtest/gtest.h>

namespace paucal {
namespace {

// "Prüfstück/検査 🙂.png"
constexpr std::string_view kName =
    "Pr\xc3\xbc"
    "fst\xc3\xbc"
    "ck/\xe6\xa4\x9c\xe6\x9f\xbb \xf0\x9f\x99\x82.png";

TEST(Utf8Path, ComesBackAsText) {
  EXPECT_EQ(utf8_path(kName).generic_string(), kName);
  EXPECT_EQ(utf8_path(""), std::filesystem::path());
}

TEST(Utf8Path, IsAsWideAsItsCharacters) {
  // '🙂' takes two units of UTF-16.
  const std::u16string name = utf8_path(kName).filename().u16string();
  EXPECT_EQ(name, u"\u691c\u67fb \U0001f642.png");
}

}  // namespace
}  // namespace paucal
