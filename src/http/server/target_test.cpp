#include "http/server/target.h"

#include <gmock/gmock.h>

namespace paucal::http {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(Target, SegmentsAreDecodedOnce) {
  EXPECT_THAT(parse_target("/v2/models/a")->path, ElementsAre("v2", "models", "a"));
  EXPECT_THAT(parse_target("/a%20b/c%2Fd")->path, ElementsAre("a b", "c/d"));
  EXPECT_THAT(parse_target("/%2541")->path, ElementsAre("%41"));
  EXPECT_THAT(parse_target("/a+b")->path, ElementsAre("a+b"));
  EXPECT_THAT(parse_target("/../%2e%2e")->path, ElementsAre("..", ".."));
}

TEST(Target, ASlashAtTheEndAddsNothing) {
  EXPECT_THAT(parse_target("/")->path, IsEmpty());
  EXPECT_THAT(parse_target("/v2/")->path, ElementsAre("v2"));
  EXPECT_THAT(parse_target("/v2//a")->path, ElementsAre("v2", "", "a"));
}

TEST(Target, QueriesAreDecoded) {
  const auto target = parse_target("/a?heat=png&b%3D=c+d%26&&e");
  ASSERT_EQ(target->query.size(), 3u);
  EXPECT_EQ(target->query[0].name, "heat");
  EXPECT_EQ(target->query[0].value, "png");
  EXPECT_EQ(target->query[1].name, "b=");
  EXPECT_EQ(target->query[1].value, "c d&");
  EXPECT_EQ(target->query[2].name, "e");
  EXPECT_EQ(target->query[2].value, "");
}

TEST(Target, WholeAddressesNameTheHost) {
  const auto target = parse_target("http://127.0.0.1:80/a?b=c");
  EXPECT_EQ(target->host, "127.0.0.1:80");
  EXPECT_THAT(target->path, ElementsAre("a"));
  EXPECT_THAT(parse_target("http://a?b")->path, IsEmpty());
  EXPECT_THAT(parse_target("*")->path, ElementsAre("*"));
}

TEST(Target, WhatIsBrokenIsRefused) {
  for (const char* text : {"", "a", "/%", "/%4", "/%zz", "/a%00b", "/a?b=%", "/a?%00", "http:///a",
                           "https://a/b", "127.0.0.1:80"})
    EXPECT_FALSE(parse_target(text)) << text;
  using namespace std::string_view_literals;
  EXPECT_FALSE(parse_target("/a\0b"sv));
  EXPECT_FALSE(parse_target("/a?b=\0"sv));
}

}  // namespace
}  // namespace paucal::http
