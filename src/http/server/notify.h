#pragma once
// Tells systemd how the program is (sd_notify(3)), without its library. Does nothing where
// NOTIFY_SOCKET is not set.

#include <chrono>
#include <optional>
#include <string_view>

namespace paucal::http {

// "READY=1", "STOPPING=1", "WATCHDOG=1". Whether it was sent.
bool notify_system(std::string_view state);

// How often WATCHDOG=1 is expected: half of what systemd waits. Nothing where it doesn't watch.
std::optional<std::chrono::microseconds> watchdog_interval();

}  // namespace paucal::http
