#pragma once
// Logging: one line a message on standard error, through spdlog. Libraries log, they never print.

#include <spdlog/spdlog.h>

#include <string>

namespace paucal::log {

using spdlog::debug;
using spdlog::error;
using spdlog::info;
using spdlog::warn;

// Standard error, with level and time. Level: trace, debug, info, warn, error, off.
void init(const std::string& level = "info");

}  // namespace paucal::log
