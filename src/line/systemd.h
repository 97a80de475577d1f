#pragma once
// What a service of Type=notify tells systemd; nothing without NOTIFY_SOCKET (sd_notify(3)).

#include <chrono>
#include <string_view>

namespace paucal::line {

void notify_systemd(std::string_view message);  // "READY=1", "STOPPING=1", "WATCHDOG=1"
// How often WATCHDOG=1 is wanted; zero: not at all.
std::chrono::microseconds systemd_watchdog();

}  // namespace paucal::line
