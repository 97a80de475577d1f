#include "http/server/numeric_address.h"

#include <gtest/gtest.h>
#include <unistd.h>

namespace paucal::http {
namespace {

TEST(NumericAddress, HostAndPort) {
  EXPECT_EQ(split_host_port("127.0.0.1:80", 1)->port, 80);
  EXPECT_EQ(split_host_port("127.0.0.1", 1)->port, 1);
  EXPECT_EQ(split_host_port("[::1]:80", 1)->host, "::1");
  EXPECT_EQ(split_host_port("[::1]", 1)->port, 1);
  for (const char* text : {"", ":80", "a:", "a:b", "a:-1", "a:65536", "a:80 ", "::1", "[::1",
                           "[]:1", "a:1:2", "a:99999999999999999999"})
    EXPECT_FALSE(split_host_port(text, 1)) << text;
}

TEST(NumericAddress, OwnHosts) {
  char machine[256] = {};
  ASSERT_EQ(::gethostname(machine, sizeof(machine) - 1), 0);
  for (const std::string host :
       {"127.0.0.1", "10.1.2.3:8000", "[::1]:8000", "localhost", "LOCALHOST:80", "localhost.",
        "line-3", "LINE-3:80", static_cast<const char*>(machine)})
    EXPECT_TRUE(is_own_host(host, {"Line-3"})) << host;
  for (const std::string host : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example",
                                 "", "localhost:x", "127.0.0.1@evil", "line-33", "."})
    EXPECT_FALSE(is_own_host(host, {"line-3"})) << host;
}

TEST(NumericAddress, Loopback) {
  for (const char* address : {"127.0.0.1", "127.255.0.1", "::1", "::ffff:127.0.0.1"})
    EXPECT_TRUE(is_loopback(address)) << address;
  for (const char* address : {"10.0.0.1", "::2", "::ffff:10.0.0.1", "128.0.0.1"})
    EXPECT_FALSE(is_loopback(address)) << address;
}

}  // namespace
}  // namespace paucal::http
