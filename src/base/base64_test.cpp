#include "base/base64.h"

#include <gtest/gtest.h>

namespace paucal {
namespace {

TEST(Base64, Rfc4648Vectors) {
  for (const auto& [plain, text] : {std::pair<std::string_view, std::string_view>{"", ""},
                                    {"f", "Zg=="},
                                    {"fo", "Zm8="},
                                    {"foobar", "Zm9vYmFy"},
                                    {"\xFB\xFF\xFE", "+//+"}}) {
    const Bytes bytes(plain.begin(), plain.end());
    EXPECT_EQ(to_base64(bytes), text);
    EXPECT_EQ(from_base64(text), bytes);
  }
}

TEST(Base64, AllBytesComeBack) {
  Bytes bytes;
  for (int i = 0; i < 1000; ++i) bytes.push_back(static_cast<uint8_t>(i * 7));
  EXPECT_EQ(from_base64(to_base64(bytes)), bytes);
}

TEST(Base64, OtherCharactersAreRefused) {
  EXPECT_EQ(from_base64("Zm9v\nYmFy"), std::nullopt);
  EXPECT_EQ(from_base64("Zm-v"), std::nullopt);
  EXPECT_EQ(from_base64("Zg==Zg=="), std::nullopt) << "something after the padding";
  EXPECT_EQ(from_base64("Zm9vYg"), (Bytes{'f', 'o', 'o', 'b'})) << "without its padding";
}

}  // namespace
}  // namespace paucal
