#include "loop/commands.h"

#include "base/error.h"
#include "loop/add.h"
#include "loop/run_challenge.h"

namespace paucal::loop {
namespace {

using review::Store;

template <class T>
T field(const Json& command, const char* key) {
  try {
    return command.at(key).get<T>();
  } catch (const Json::exception&) {
    fail("loop", "command without '{}', expected one of this version", key);
  }
}

Json add_by(Store& store, const Json& command) {
  AddOptions options;
  options_of(options).load_json(field<Json>(command, "options"));
  return to_json(add_from_spool(store, field<std::string>(command, "spool"), options));
}

Json freeze_by(Store& store, const Json& command) {
  WatchOptions options;
  options_of(options).load_json(field<Json>(command, "options"));
  BaselineAsk ask{.good_by = field<std::string>(command, "good_by"),
                  .from = field<int64_t>(command, "from"),
                  .to = field<int64_t>(command, "to")};
  if (command.contains("station")) ask.station = field<std::string>(command, "station");
  Json list = Json::array();
  for (const Frozen& frozen : freeze_baseline(store, ask, options))
    list.push_back({{"station", frozen.stream.station},
                    {"model_sha256", frozen.stream.model_sha256},
                    {"parts", frozen.parts},
                    {"ng", frozen.ng},
                    {"sha256", frozen.sha256},
                    {"unwatched", frozen.unwatched}});
  return {{"baselines", std::move(list)}};
}

Json close_by(Store& store, const Json& command) {
  close_alarm(store, field<int64_t>(command, "alarm"), field<std::string>(command, "by"),
              field<std::string>(command, "reason"));
  return Json::object();
}

Json promote_by(Store& store, const Json& command) {
  return {{"event", record_promotion(store, {.version = field<int>(command, "version"),
                                             .file = field<std::string>(command, "file"),
                                             .golden = field<std::string>(command, "golden"),
                                             .sha256 = field<std::string>(command, "sha256")})}};
}

}  // namespace

Json do_command(Store& store, const Json& command) {
  const std::string what = command.is_object() ? command.value("command", "") : "";
  if (what == "loop add") return add_by(store, command);
  if (what == "loop baseline") return freeze_by(store, command);
  if (what == "loop close") return close_by(store, command);
  if (what == "loop challenge")
    return {{"event", record_challenge(store, field<Json>(command, "result"))}};
  if (what == "loop promote") return promote_by(store, command);
  return review::do_command(store, command);
}

Json command_loop(const std::filesystem::path& folder, const Json& command) {
  return review::command_store(folder, command, do_command);
}

}  // namespace paucal::loop
