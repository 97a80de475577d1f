#include "line/host_port.h"

#include <gtest/gtest.h>

namespace paucal::line {
namespace {

TEST(HostPort, IsAHostAndAPort) {
  const auto plain = parse_host_port("--mqtt", "broker.plant:1883");
  ASSERT_TRUE(plain.ok());
  EXPECT_EQ(plain->host, "broker.plant");
  EXPECT_EQ(plain->port, 1883);
  const auto six = parse_host_port("--mqtt", "[::1]:0");
  ASSERT_TRUE(six.ok());
  EXPECT_EQ(six->host, "::1");
  EXPECT_EQ(six->port, 0);
}

TEST(HostPort, RefusesAnythingElse) {
  for (const char* text : {"", ":", "host", "host:", ":502", "host:x", "host:502x", "host:65536",
                           "host:-1", "::1:502", "[::1]", "[]:5"}) {
    const auto address = parse_host_port("--modbus", text);
    ASSERT_FALSE(address.ok()) << text;
    EXPECT_EQ(address.failure().message,
              std::string("--modbus '") + text + "': expected HOST:PORT, e.g. 192.168.0.10:502");
  }
}

}  // namespace
}  // namespace paucal::line
