#include "base/host/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>

#include "base/host/progress.h"
#include "base/options.h"

namespace paucal::log {
namespace {

// Wipes a progress bar off the line before a message is written over it.
class Sink : public spdlog::sinks::stderr_color_sink_mt {
 public:
  void log(const spdlog::details::log_msg& message) override {
    Progress::clear_line();
    spdlog::sinks::stderr_color_sink_mt::log(message);
  }
};

}  // namespace

void init(const std::string& level) {
  static const std::vector<std::string> known = {"trace", "debug", "info", "warn", "error", "off"};
  if (std::ranges::find(known, level) == known.end()) fail_unknown("log", "level", level, known);
  auto logger = std::make_shared<spdlog::logger>("paucal", std::make_shared<Sink>());
  logger->set_pattern("%H:%M:%S %^%-5l%$ %v");
  logger->set_level(spdlog::level::from_str(level));
  spdlog::set_default_logger(logger);
}

}  // namespace paucal::log
