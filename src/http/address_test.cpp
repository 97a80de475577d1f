#include "http/address.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "http/test_downloads.h"

namespace paucal::http {
namespace {

using testing::HasSubstr;

TEST(Addresses, OfHttpAndNothingElse) {
  EXPECT_TRUE(is_address("ftp://host/a"));
  EXPECT_FALSE(is_address("folder/a.pth"));
  EXPECT_FALSE(is_address("://a"));
  EXPECT_FALSE(is_address("a b://c"));
  EXPECT_THAT(parse_address("ftp://host/a").failure().message, HasSubstr("scheme ftp"));
  EXPECT_THAT(parse_address("file:///etc/passwd").failure().message, HasSubstr("scheme file"));
  EXPECT_FALSE(parse_address("http://").ok());
  EXPECT_FALSE(parse_address("http://a b/").ok());
  EXPECT_FALSE(parse_address(std::string("http://a/\r\nX: y")).ok());
}

TEST(Addresses, AreShownWithoutSecrets) {
  const auto address = parse_address("https://me:word@host:8443/m/a.pth?signature=abc#x");
  ASSERT_TRUE(address.ok());
  EXPECT_EQ(address->shown, "https://host:8443/m/a.pth");
  EXPECT_EQ(address->file_name(), "a.pth");
  EXPECT_EQ(address->host, "host");
}

TEST(Sha256, OfKnownTexts) {
  EXPECT_EQ(sha256_hex({}), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  EXPECT_EQ(sha256_text("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_TRUE(is_sha256(sha256_text("")));
  EXPECT_FALSE(is_sha256(sha256_text("").substr(1) + "G"));
  EXPECT_FALSE(is_sha256("abc"));
  EXPECT_FALSE(sha256_of_file("/none").ok());
}

}  // namespace
}  // namespace paucal::http
