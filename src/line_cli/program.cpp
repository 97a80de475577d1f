#include "line_cli/program.h"

#include <CLI/CLI.hpp>
#include <atomic>
#include <csignal>
#include <cstdio>
#include <sstream>

#include "base/error.h"
#include "base/host/log.h"
#include "base/version.h"
#include "command/flags.h"
#include "command/output.h"
#include "line/line.h"

namespace paucal::line_cli {
namespace {

std::atomic<bool> stop = false;
static_assert(std::atomic<bool>::is_always_lock_free);  // a signal handler sets it

void on_signal(int) {
  stop = true;
}

void say(const std::string& message) {
  std::fprintf(stderr, "paucal-line: %s\n", message.c_str());
}

int serve(const line::LineOptions& options) {
  auto line = line::Line::open(options);
  if (!line.ok()) throw Error(line.failure().place, line.failure().message);
  std::string where;
  if ((*line)->modbus_port() != 0)
    where = fmt::format(", Modbus on port {}", (*line)->modbus_port());
  log::info("[line] '{}' → '{}', {} recipes{}", options.in, options.out, (*line)->recipes(), where);
  if (const auto wrong = (*line)->run(stop)) throw Error(wrong->place, wrong->message);
  return 0;
}

}  // namespace

int run(int argc, const char* const* argv) {
  std::signal(SIGTERM, on_signal);
  std::signal(SIGINT, on_signal);
  line::LineOptions options;
  std::string level = "info";
  CLI::App app("A folder of images in, verdicts out: to a file, Modbus, MQTT, a webhook.",
               "paucal-line");
  app.set_version_flag("--version", version());
  command::add_flags(app, options_of(options), '-');
  app.get_option("--in")->required();
  app.add_option("--log", level, "trace, debug, info, warn, error or off")->capture_default_str();
  app.footer("Registers, files and units of systemd: docs/line-engineer.md.");
  try {
    app.parse(argc, argv);
    log::init(level);
    return serve(options);
  } catch (const CLI::ParseError& error) {  // also the wish for help, which is none
    std::ostringstream out, err;
    const int code = app.exit(error, out, err);
    command::print(out.str());
    std::fputs(err.str().c_str(), stderr);
    return code;
  } catch (const Error& error) {
    say(error.what());
  } catch (const std::exception& error) {
    say(std::string("unexpected: ") + error.what());
  }
  return 1;
}

}  // namespace paucal::line_cli
