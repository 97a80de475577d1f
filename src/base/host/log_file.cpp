#include "base/host/log_file.h"

#include <spdlog/details/file_helper.h>
#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <mutex>

#include "base/error.h"

namespace paucal::log {
namespace {

// Flushes by itself, so that the logger's own settings stay as they are.
class FlushedFile : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit FlushedFile(const std::filesystem::path& path) { file_.open(path.string()); }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t text;
    formatter_->format(message, text);
    file_.write(text);
    file_.flush();
  }
  void flush_() override { file_.flush(); }

 private:
  spdlog::details::file_helper file_;
};

}  // namespace

LogFile::LogFile(const std::filesystem::path& path) {
  try {
    sink_ = std::make_shared<FlushedFile>(path);
  } catch (const spdlog::spdlog_ex& error) {
    fail("log", "'{}': {}", path.string(), error.what());
  }
  sink_->set_pattern("%Y-%m-%d %H:%M:%S.%e %-5l %v");
  spdlog::default_logger()->sinks().push_back(sink_);
}

LogFile::~LogFile() {
  std::erase(spdlog::default_logger()->sinks(), sink_);
}

}  // namespace paucal::log
