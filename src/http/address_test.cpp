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

}  // namespace
}  // namespace paucal::http
