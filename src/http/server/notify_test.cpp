#include "http/server/notify.h"

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstdlib>
#include <cstring>
#include <string>

namespace paucal::http {
namespace {

TEST(Notify, TellsTheSocketThatIsNamed) {
  const std::string path = ::testing::TempDir() + "paucal_notify_" + std::to_string(::getpid());
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM, 0);
  sockaddr_un place{};
  place.sun_family = AF_UNIX;
  std::strncpy(place.sun_path, path.c_str(), sizeof(place.sun_path) - 1);
  ASSERT_EQ(::bind(socket, reinterpret_cast<sockaddr*>(&place), sizeof(place)), 0);
  ::setenv("NOTIFY_SOCKET", path.c_str(), 1);
  EXPECT_TRUE(notify_system("READY=1"));
  char text[32] = {};
  EXPECT_EQ(::recv(socket, text, sizeof(text), 0), 7);
  EXPECT_STREQ(text, "READY=1");
  ::close(socket);
  ::unlink(path.c_str());
  EXPECT_FALSE(notify_system("STOPPING=1"));
  ::unsetenv("NOTIFY_SOCKET");
  EXPECT_FALSE(notify_system("READY=1"));
}

TEST(Notify, WatchdogOfThisProcess) {
  ::unsetenv("WATCHDOG_PID");
  ::setenv("WATCHDOG_USEC", "3000000", 1);
  EXPECT_EQ(watchdog_interval(), std::chrono::microseconds(1'500'000));
  ::setenv("WATCHDOG_PID", "1", 1);
  EXPECT_FALSE(watchdog_interval());
  ::setenv("WATCHDOG_PID", std::to_string(::getpid()).c_str(), 1);
  EXPECT_TRUE(watchdog_interval());
  ::setenv("WATCHDOG_USEC", "many", 1);
  EXPECT_FALSE(watchdog_interval());
  ::unsetenv("WATCHDOG_USEC");
  EXPECT_FALSE(watchdog_interval());
  ::unsetenv("WATCHDOG_PID");
}

}  // namespace
}  // namespace paucal::http
