#include "http/server/notify.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <charconv>
#include <cstddef>
#include <cstdlib>
#include <cstring>

namespace paucal::http {
namespace {

std::optional<long long> environment_number(const char* name) {
  const char* text = std::getenv(name);
  if (!text) return {};
  long long value = 0;
  const char* end = text + std::strlen(text);
  const auto [stopped, error] = std::from_chars(text, end, value);
  if (error != std::errc() || stopped != end) return {};
  return value;
}

}  // namespace

bool notify_system(std::string_view state) {
  const char* name = std::getenv("NOTIFY_SOCKET");
  sockaddr_un place{};
  place.sun_family = AF_UNIX;
  const std::size_t length = name ? std::strlen(name) : 0;
  if (length < 2 || length >= sizeof(place.sun_path) || (name[0] != '/' && name[0] != '@'))
    return false;
  std::memcpy(place.sun_path, name, length);
  if (name[0] == '@') place.sun_path[0] = '\0';  // Linux's own name space
  const int socket = ::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (socket < 0) return false;
  const auto size = static_cast<socklen_t>(offsetof(sockaddr_un, sun_path) + length);
  const ssize_t sent = ::sendto(socket, state.data(), state.size(), MSG_NOSIGNAL,
                                reinterpret_cast<const sockaddr*>(&place), size);
  ::close(socket);
  return sent == static_cast<ssize_t>(state.size());
}

std::optional<std::chrono::microseconds> watchdog_interval() {
  const auto pid = environment_number("WATCHDOG_PID");
  const auto period = environment_number("WATCHDOG_USEC");
  if (!period || *period <= 0 || (pid && *pid != ::getpid())) return {};
  return std::chrono::microseconds(*period / 2);
}

}  // namespace paucal::http
