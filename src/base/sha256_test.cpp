#include "base/sha256.h"

#include <gtest/gtest.h>

#include <fstream>

namespace paucal {
namespace {

// FIPS 180-4's examples and those of NIST's validation program (SHA256ShortMsg, LongMsg, Monte).
TEST(Sha256, OfKnownTexts) {
  const std::pair<std::string, const char*> known[] = {
      {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
      {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
      {"\xd3", "28969cdfa74a12c82f3bad960b0b000aca2ac329deea5c2328ebc6f2ba9802c1"},
      {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
       "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
      {"abcdefghbcdefghicdefghijdefghijkefghijklfghijklmghijklmnhijklmnoijklmnopjklmnopqklmnopqrlm"
       "nopqrsmnopqrstnopqrstu",
       "cf5b16a778af8380036ce59e7b0492370b249b11e8f07a51afac45037afee9d1"},
      {std::string(1'000'000, 'a'),
       "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"}};
  for (const auto& [text, digest] : known) EXPECT_EQ(sha256_hex(text), digest) << text.size();
}

// Lengths at which the padding takes one block or two, fed whole and byte by byte.
TEST(Sha256, PartsMakeTheSameDigestAsTheWhole) {
  for (const size_t size : {1, 54, 55, 56, 57, 63, 64, 65, 119, 120, 127, 128, 129, 1000}) {
    std::string text(size, '\0');
    for (size_t i = 0; i < size; ++i) text[i] = static_cast<char>(i * 7);
    Sha256 bytes, parts;
    for (const char byte : text) bytes.add(std::string_view(&byte, 1));
    parts.add(std::string_view(text).substr(0, size / 3)).add("").add(text.substr(size / 3));
    EXPECT_EQ(bytes.hex(), sha256_hex(text)) << size;
    EXPECT_EQ(parts.hex(), sha256_hex(text)) << size;
  }
}

TEST(Sha256, OfAFile) {
  const auto path = std::filesystem::path(testing::TempDir()) / "sha256_test";
  const std::string text(3 << 20, 'x');
  std::ofstream(path) << text;
  EXPECT_EQ(sha256_of_file(path).value(), sha256_hex(text));
  std::filesystem::remove(path);
  EXPECT_FALSE(sha256_of_file("/none").ok());
}

TEST(Sha256, DigitsAreLowerCaseAnd64) {
  EXPECT_TRUE(is_sha256(sha256_hex("")));
  EXPECT_FALSE(is_sha256(sha256_hex("").substr(1) + "G"));
  EXPECT_FALSE(is_sha256("abc"));
}

}  // namespace
}  // namespace paucal
