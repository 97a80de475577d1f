#pragma once
// Logging: one line a message on standard error, through spdlog. Libraries log, they never print.

#include <spdlog/spdlog.h>

#include <filesystem>

namespace paucal::log {

using spdlog::debug;
using spdlog::error;
using spdlog::info;
using spdlog::warn;

// Standard error, with level and time. Level: trace, debug, info, warn, error, off.
void init(const std::string& level = "info");

// Also writes to `path` (appended), until close_file(): a run keeps its own log.
void open_file(const std::filesystem::path& path);
void close_file();

}  // namespace paucal::log
