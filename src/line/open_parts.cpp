#include "line/open_parts.h"

#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "line/done_folder.h"

namespace paucal::line {
namespace fs = std::filesystem;
namespace {

using std::chrono::milliseconds;

// Two lines of one computer differ by their results file.
std::string client_name(const fs::path& results) {
  char host[64] = "";
  ::gethostname(host, sizeof(host) - 1);
  std::error_code ignored;
  const std::string path = fs::absolute(results, ignored).string();
  return "paucal-" + Hasher().add(std::string_view(host)).add(path).hex().substr(0, 16);
}

std::optional<Failure> open_publishers(Parts& parts) {
  const LineOptions& options = parts.options;
  const auto most = static_cast<uint64_t>(options.backlog);
  if (!options.mqtt.empty()) {
    MqttOptions mqtt{value_or_throw(parse_host_port("--mqtt", options.mqtt)), options.mqtt_topic,
                     client_name(options.out), "", ""};
    if (!options.mqtt_login.empty())
      if (auto wrong = read_login(options.mqtt_login, mqtt)) return wrong;
    auto outbox = Outbox::open(options.out, "mqtt", most);
    if (!outbox.ok()) return outbox.failure();
    parts.publishers.push_back(make_mqtt(std::move(mqtt), std::move(*outbox)));
  }
  if (!options.webhook.empty()) {
    auto outbox = Outbox::open(options.out, "webhook", most);
    if (!outbox.ok()) return outbox.failure();
    parts.publishers.push_back(make_webhook(options.webhook, std::move(*outbox)));
  }
  for (const auto& publisher : parts.publishers) publisher->tell(parts.results->last_part());
  return std::nullopt;
}

std::optional<Failure> open_controller(Parts& parts) {
  const LineOptions& options = parts.options;
  const bool listens = !options.modbus_listen.empty();
  const std::string& text = listens ? options.modbus_listen : options.modbus;
  if (text.empty()) return std::nullopt;
  ModbusOptions modbus{value_or_throw(parse_host_port("--modbus", text)),
                       static_cast<uint16_t>(options.modbus_address), options.modbus_unit,
                       milliseconds(options.modbus_poll_ms),
                       milliseconds(options.modbus_timeout_ms)};
  if (!listens) {
    parts.controller = make_modbus_client(std::move(modbus), *parts.wake);
    return std::nullopt;
  }
  auto server = make_modbus_server(std::move(modbus), parts.recipe, *parts.wake);
  if (!server.ok()) return server.failure();
  parts.controller = std::move(*server);
  return std::nullopt;
}

std::optional<Failure> choose_first_recipe(Parts& parts) {
  const auto& recipes = parts.recipes;
  const bool has_zero = recipes.contains(0) || recipes.empty();
  parts.recipe = parts.options.recipe >= 0 ? static_cast<uint16_t>(parts.options.recipe)
                 : has_zero                ? uint16_t{0}
                                           : recipes.begin()->first;
  if (recipes.contains(parts.recipe)) return std::nullopt;
  return failure("line", "--recipe {}: expected one of --recipes '{}'", parts.recipe,
                 parts.options.recipes);
}

// A file that was judged and not moved before the end of an earlier run.
void move_left_over(const LineOptions& options, const ResultLine& line) {
  const fs::path path = fs::path(options.in) / line.path;
  if (options.done.empty() || !line.file || stamp_of(path.string()) != line.file) return;
  if (const auto wrong = move_done(options.in, line.path, options.done))
    log::warn("[line] {}", wrong->message);
}

std::optional<Failure> open_results(Parts& parts, Arrivals& arrivals) {
  auto results = ResultsFile::open(parts.options.out, [&](ResultLine line) {
    move_left_over(parts.options, line);
    arrivals.judged(line.path, line.file);
  });
  if (!results.ok()) return results.failure();
  parts.results = std::move(*results);
  if (parts.results->unreadable() > 0)
    log::warn("[results] '{}': {} lines cannot be read, passed over", parts.options.out,
              parts.results->unreadable());
  return std::nullopt;
}

}  // namespace

Result<Parts> open_parts(const LineOptions& options) {
  if (auto wrong = check(options)) return *wrong;
  Parts parts;
  parts.options = options;
  parts.wake = std::make_unique<Wake>();
  const auto recipes = recipes_of(options);
  if (!recipes.ok()) return recipes.failure();
  auto loaded = load_recipes(*recipes, options.threads);
  if (!loaded.ok()) return loaded.failure();
  parts.recipes = std::move(*loaded);
  Arrivals arrivals{milliseconds(options.rest_ms)};
  if (auto wrong = choose_first_recipe(parts)) return *wrong;
  if (auto wrong = open_results(parts, arrivals)) return *wrong;
  if (auto wrong = open_publishers(parts)) return *wrong;
  if (auto wrong = open_controller(parts)) return *wrong;
  auto watch =
      FolderWatch::open({options.in, milliseconds(options.rest_ms),
                         milliseconds(static_cast<int64_t>(options.rescan_seconds * 1000))},
                        std::move(arrivals), *parts.wake);
  if (!watch.ok()) return watch.failure();
  parts.watch = std::move(*watch);
  return parts;
}

}  // namespace paucal::line
