#include "loop/run_challenge.h"

#include "base/error.h"
#include "base/json_text.h"
#include "base/sha256.h"
#include "loop/audit_sample.h"

namespace paucal::loop {
namespace {

namespace fs = std::filesystem;
using review::Database;

int attempts_before(Database& database, const std::string& champion_sha256) {
  int attempts = 0;
  for (auto rows = database.query("SELECT after FROM event WHERE action = 'loop challenge'");
       rows.step();) {
    const auto after = parse_json(rows.text(0), "event");
    attempts += after.ok() && after->value("champion_sha256", "") == champion_sha256;
  }
  return attempts;
}

}  // namespace

Json to_json(const Challenged& challenged) {
  Json json = {{"champion_file", challenged.champion},
               {"challenger_file", challenged.challenger},
               {"champion_sha256", challenged.champion_sha256},
               {"challenger_sha256", challenged.challenger_sha256},
               {"not_judged", challenged.open},
               {"unclear", challenged.unclear}};
  json.update(to_json(challenged.comparison));
  return json;
}

Challenged run_challenge(review::Store& store, const fs::path& champion, const fs::path& challenger,
                         const ChallengeOptions& options) {
  Challenged result{champion.string(), challenger.string(),
                    value_or_throw(sha256_of_file(champion)),
                    value_or_throw(sha256_of_file(challenger))};
  int attempt = 1;
  const AuditSample sample = store.read([&](Database& database) {
    if (!has_tables(database))
      fail("challenge", "nothing came from a line yet, expected `loop add` before");
    attempt += attempts_before(database, result.champion_sha256);
    return audit_sample(database);
  });
  result.open = sample.open;
  result.unclear = sample.unclear;
  if (sample.judged.empty())
    fail("challenge", "none of the {} images of the audit sample is judged, expected some",
         sample.open + sample.unclear);
  const auto by_champion = ask_model(champion, sample.judged),
             by_challenger = ask_model(challenger, sample.judged);
  std::vector<JudgedItem> items;
  for (size_t i = 0; i < sample.judged.size(); ++i) {
    const AuditImage& image = sample.judged[i];
    items.push_back({image.part, image.ng, image.pi, by_champion[i], by_challenger[i]});
  }
  result.comparison = compare(items, attempt, options);
  return result;
}

int64_t record_challenge(review::Store& store, const Json& result) {
  return store.write([&](Database& database) {
    return record_event(database, store.moment().now, "loop challenge", Json::object(), result);
  });
}

int64_t record_promotion(review::Store& store, const Placed& placed) {
  return store.write([&](Database& database) {
    return record_event(database, store.moment().now, "loop promote", Json::object(),
                        {{"file", placed.file.string()},
                         {"version", placed.version},
                         {"sha256", placed.sha256},
                         {"golden", placed.golden.string()}});
  });
}

fs::path last_promoted(review::Store& store) {
  const auto after = store.read([](Database& database) {
    return database.text(
        "SELECT after FROM event WHERE action = 'loop promote' ORDER BY id DESC LIMIT 1");
  });
  if (!after) return {};
  const auto json = parse_json(*after, "event");
  return json.ok() ? fs::path(json->value("file", "")) : fs::path();
}

}  // namespace paucal::loop
