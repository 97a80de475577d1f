#pragma once
// Whether somebody listens at an address. libmosquitto connects without a limit of time.

#include <chrono>

#include "line/host_port.h"

namespace paucal::line {

bool reachable(const HostPort& address, std::chrono::milliseconds longest);

}  // namespace paucal::line
