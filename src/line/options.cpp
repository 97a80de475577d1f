#include "line/options.h"

#include <filesystem>
#include <utility>

#include "base/error.h"
#include "line/host_port.h"

namespace paucal::line {
namespace fs = std::filesystem;
namespace {

// Links and ".." undone as far as the path exists.
bool lies_in(const std::string& path, const std::string& folder) {
  std::error_code ignored;
  const auto relative =
      fs::weakly_canonical(fs::absolute(path, ignored), ignored)
          .lexically_relative(fs::weakly_canonical(fs::absolute(folder, ignored), ignored));
  return !relative.empty() && *relative.begin() != "..";
}

std::optional<Failure> check_files(const LineOptions& options) {
  std::error_code ignored;
  if (!fs::is_directory(options.in, ignored))
    return failure("line", "--in '{}': expected a folder", options.in);
  if (options.model.empty() && options.recipes.empty())
    return failure("line", "neither --model nor --recipes: expected one of them");
  // Each of them would itself be a part.
  for (const auto& [flag, path] :
       {std::pair("--out", options.out), std::pair("--done", options.done)})
    if (!path.empty() && lies_in(path, options.in))
      return failure("line", "{} '{}': lies in --in '{}', expected it elsewhere", flag, path,
                     options.in);
  return std::nullopt;
}

}  // namespace

std::optional<Failure> check(const LineOptions& options) {
  if (auto wrong = check_files(options)) return wrong;
  if (!options.modbus.empty() && !options.modbus_listen.empty())
    return failure("line", "--modbus and --modbus-listen: expected one of them");
  for (const auto& [flag, text] :
       {std::pair("--modbus", options.modbus), std::pair("--modbus-listen", options.modbus_listen),
        std::pair("--mqtt", options.mqtt)}) {
    if (text.empty()) continue;
    if (const auto address = parse_host_port(flag, text); !address.ok()) return address.failure();
  }
  const auto& topic = options.mqtt_topic;
  if (topic.empty() || topic.find_first_of("+#") != std::string::npos || topic.size() > 1000)
    return failure("line", "--mqtt-topic '{}': expected up to 1000 bytes without + and #", topic);
  const auto& hook = options.webhook;
  if (!hook.empty() && !hook.starts_with("http://") && !hook.starts_with("https://"))
    return failure("line", "--webhook '{}': expected http://… or https://…", hook);
  return std::nullopt;
}

}  // namespace paucal::line
