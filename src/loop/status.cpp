#include "loop/status.h"

#include "base/json_text.h"
#include "loop/alarms.h"
#include "loop/audit_sample.h"
#include "loop/images.h"
#include "loop/rates.h"
#include "review/hand_out.h"

namespace paucal::loop {
namespace {

using review::Database;

Json baseline_json(Database& database, const Stream& stream) {
  auto row = database.query(
      "SELECT model_sha256, sha256, at, good_by FROM loop_baseline WHERE station = ? ORDER BY "
      "model_sha256 = ? DESC, at DESC LIMIT 1",
      stream.station, stream.model_sha256);
  if (!row.step()) return nullptr;
  return {{"model_sha256", row.text(0)},
          {"sha256", row.text(1)},
          {"at", row.integer(2)},
          {"good_by", row.text(3)}};
}

Json streams_json(Database& database) {
  Json streams = Json::array();
  for (auto rows = database.query("SELECT station, model_sha256, model, version, parts FROM "
                                  "loop_stream ORDER BY at DESC");
       rows.step();) {
    const Stream stream{rows.text(0), rows.text(1)};
    const Json baseline = baseline_json(database, stream);
    const char* watched = baseline.is_null()                                   ? "nothing"
                          : baseline.at("model_sha256") == stream.model_sha256 ? "all"
                                                                               : "pictures";
    streams.push_back({{"station", stream.station},
                       {"model", rows.text(2)},
                       {"version", rows.integer(3)},
                       {"model_sha256", stream.model_sha256},
                       {"parts", rows.integer(4)},
                       {"watched", watched},
                       {"baseline", baseline}});
  }
  return streams;
}

Json images_json(Database& database) {
  Json images = {{"taken", 0}, {"awaited", 0}, {"double", 0}, {"damaged", 0}, {"lost", 0}};
  for (auto rows = database.query("SELECT state, count(*) FROM loop_image GROUP BY state");
       rows.step();)
    images[rows.text(0)] = rows.integer(1);
  return images;
}

Json queue_json(Database& database) {
  for (const review::Queue& queue : review::queues(database))
    if (queue.name == kLineQueue) return {{"total", queue.total}, {"open", queue.remaining}};
  return nullptr;
}

Json last_challenge(Database& database) {
  const auto after = database.text(
      "SELECT after FROM event WHERE action = 'loop challenge' ORDER BY id DESC LIMIT 1");
  if (!after) return nullptr;
  const auto json = parse_json(*after, "event");
  return json.ok() ? *json : Json();
}

}  // namespace

Json loop_status(review::Store& store) {
  return store.read([](Database& database) -> Json {
    if (!has_tables(database))
      return {{"streams", Json::array()}, {"images", nullptr}, {"queue", nullptr},
              {"audit", nullptr},         {"rates", nullptr},  {"alarms", Json::array()},
              {"challenge", nullptr}};
    const AuditSample sample = audit_sample(database);
    const auto rates = line_figures(database);
    Json alarms = Json::array();
    for (const Alarm& alarm : open_alarms(database)) alarms.push_back(to_json(alarm));
    return {
        {"streams", streams_json(database)},
        {"images", images_json(database)},
        {"queue", queue_json(database)},
        {"audit",
         {{"judged", sample.judged.size()}, {"open", sample.open}, {"unclear", sample.unclear}}},
        {"rates", rates ? to_json(*rates) : Json()},
        {"alarms", std::move(alarms)},
        {"challenge", last_challenge(database)}};
  });
}

}  // namespace paucal::loop
