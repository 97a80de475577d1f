#pragma once
// A run's own log beside the one on standard error.

#include <filesystem>
#include <memory>

namespace spdlog::sinks {
class sink;
}

namespace paucal::log {

// Appends every message to `path` while it lives; other sinks of the default logger stay as they
// are. Make and destroy it while no other thread logs. Throws Error where `path` cannot be written.
class LogFile {
 public:
  explicit LogFile(const std::filesystem::path& path);
  ~LogFile();
  LogFile(const LogFile&) = delete;
  LogFile& operator=(const LogFile&) = delete;

 private:
  std::shared_ptr<spdlog::sinks::sink> sink_;
};

}  // namespace paucal::log
