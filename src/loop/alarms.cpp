#include "loop/alarms.h"

#include <algorithm>

#include "base/error.h"
#include "base/json_text.h"
#include "base/sha256.h"
#include "spool/times.h"

namespace paucal::loop {
namespace {

using review::Database;

// Parts that are watched once more, so that charts go on where they were.
constexpr int64_t kReplayed = 50'000;

std::string time_text(int64_t micros) {
  return spool::time_text(spool::Time(
      std::chrono::duration_cast<spool::Time::duration>(std::chrono::microseconds(micros))));
}

constexpr std::string_view kObserved =
    "SELECT id, number, logit, heat_peak, mean, spread, sharpness, ng, hash FROM loop_part WHERE "
    "station = ? AND model_sha256 = ? ";

Observation observation_of(const review::Statement& row) {
  Observation part{.id = row.integer(0), .number = row.integer(1)};
  for (size_t f = 0; f < kFeatures.size(); ++f) {
    const int column = static_cast<int>(f) + 2;
    part.features[f] = row.is_null(column) ? NAN : row.real(column);
  }
  part.ng = row.integer(7) != 0;
  part.hash = row.text(8);
  return part;
}

struct StoredBaseline {
  Baseline baseline;
  int64_t last_part = 0;
  bool scores = true;  // of this very model
};

std::optional<StoredBaseline> baseline_of(Database& database, const Stream& stream) {
  auto row = database.query(
      "SELECT baseline, sha256, last_part, model_sha256 FROM loop_baseline WHERE station = ? ORDER "
      "BY model_sha256 = ? DESC, at DESC LIMIT 1",
      stream.station, stream.model_sha256);
  if (!row.step()) return std::nullopt;
  const std::string text = row.text(0);
  if (sha256_hex(text) != row.text(1))
    fail("baseline", "{}: has another hash than {}, expected what was frozen", text_of(stream),
         row.text(1));
  return StoredBaseline{baseline_from_json(value_or_throw(parse_json(text, "baseline"))),
                        row.integer(2), row.text(3) == stream.model_sha256};
}

Rule rule_named(const std::string& name) {
  return static_cast<Rule>(std::ranges::find(kRules, name) - kRules.begin());
}

// Rules are silent while an alarm is open, and up to the part at which it was closed.
struct Silence {
  bool open = false;
  int64_t until = 0;
};

std::array<Silence, kRules.size()> silences_of(Database& database, const Stream& stream) {
  std::array<Silence, kRules.size()> silences;
  for (auto rows = database.query("SELECT rule, closed_after FROM loop_alarm WHERE station = ? AND "
                                  "model_sha256 = ?",
                                  stream.station, stream.model_sha256);
       rows.step();) {
    const Rule rule = rule_named(rows.text(0));
    if (rule >= kRules.size()) continue;
    if (rows.is_null(1))
      silences[rule].open = true;
    else
      silences[rule].until = std::max(silences[rule].until, rows.integer(1));
  }
  return silences;
}

std::vector<std::string> images_of(Database& database, const Stream& stream, const Raised& raised,
                                   const Baseline& baseline) {
  // What moved most decides the order: a feature, else whether it was said to be NG.
  const std::string order =
      raised.feature < 0
          ? "ng DESC, probability DESC"
          : fmt::format("abs({} - {}) DESC", kFeatures[static_cast<size_t>(raised.feature)],
                        baseline.features[static_cast<size_t>(raised.feature)].median);
  std::vector<std::string> names;
  for (auto rows = database.query(
           "SELECT name FROM loop_part WHERE station = ? AND model_sha256 = ? AND id BETWEEN ? AND "
           "? AND name IS NOT NULL ORDER BY " +
               order + ", id LIMIT ?",
           stream.station, stream.model_sha256, raised.since, raised.until, kAlarmImages);
       rows.step();)
    names.push_back(rows.text(0));
  return names;
}

std::string part_text(Database& database, int64_t id) {
  auto row = database.query("SELECT part, number, at FROM loop_part WHERE id = ?", id);
  if (!row.step()) return "?";
  return row.is_null(0) ? fmt::format("number {} of {}", row.integer(1), time_text(row.integer(2)))
                        : row.text(0);
}

Alarm alarm_of(Database& database, int64_t id) {
  auto row = database.query(
      "SELECT station, model_sha256, rule, opened_at, since, until, text, images FROM loop_alarm "
      "WHERE id = ?",
      id);
  if (!row.step()) fail("loop", "alarm {}: unknown, expected one of `loop status`", id);
  Alarm alarm{id, {row.text(0), row.text(1)}, row.text(2), row.text(6), row.integer(3)};
  alarm.since = part_text(database, row.integer(4));
  alarm.parts =
      database
          .integer(
              "SELECT count(*) FROM loop_part WHERE station = ? AND model_sha256 = "
              "? AND id BETWEEN ? AND ?",
              alarm.stream.station, alarm.stream.model_sha256, row.integer(4), row.integer(5))
          .value_or(0);
  const auto images = parse_json(row.text(7), "images");
  if (images.ok() && images->is_array())
    for (const Json& image : *images)
      if (image.is_string()) alarm.images.push_back(image.get<std::string>());
  return alarm;
}

Alarm open_alarm(Database& database, int64_t now, const Stream& stream, const Raised& raised,
                 const Baseline& baseline) {
  const Json images = images_of(database, stream, raised, baseline);
  database.run(
      "INSERT INTO loop_alarm(station, model_sha256, rule, opened_at, since, until, text, images) "
      "VALUES(?,?,?,?,?,?,?,?)",
      stream.station, stream.model_sha256, kRules[raised.rule], now, raised.since, raised.until,
      raised.text, dump_json(images));
  const int64_t id = database.last_id();
  const Alarm alarm = alarm_of(database, id);
  record_event(database, now, "loop alarm",
               {{"station", stream.station}, {"model_sha256", stream.model_sha256}},
               to_json(alarm));
  return alarm;
}

void watch_stream(Database& database, int64_t now, const Stream& stream, int64_t parts,
                  int64_t seen, std::vector<Alarm>& alarms) {
  const auto stored = baseline_of(database, stream);
  if (!stored) return;
  const auto silences = silences_of(database, stream);
  std::array<bool, kRules.size()> begun{};
  Watcher watcher(stored->baseline, stored->scores);
  for (Rule rule = 0; rule < kRules.size(); ++rule) watcher.silence(rule);
  const int64_t batch = stored->baseline.options.batch;
  const int64_t first = std::max<int64_t>(0, parts - kReplayed) / batch * batch;
  std::vector<std::pair<Raised, int64_t>> found;
  for (auto rows = database.query(std::string(kObserved) + "AND id > ? AND number > ? ORDER BY id",
                                  stream.station, stream.model_sha256, stored->last_part, first);
       rows.step();) {
    const Observation part = observation_of(rows);
    for (Rule rule = 0; rule < kRules.size(); ++rule)
      if (!begun[rule] && !silences[rule].open && part.id > silences[rule].until) {
        watcher.restart(rule);
        begun[rule] = true;
      }
    std::vector<Raised> raised;
    watcher.add(part, raised);
    for (Raised& one : raised) {
      if (part.id > seen)
        found.emplace_back(std::move(one), part.id);
      else
        watcher.restart(one.rule);  // seen before, from an earlier beginning of the chart
    }
  }
  for (const auto& [raised, at] : found)
    alarms.push_back(open_alarm(database, now, stream, raised, stored->baseline));
}

Frozen freeze_one(Database& database, int64_t now, const Stream& stream,
                  const std::vector<Observation>& parts, const BaselineAsk& ask,
                  const WatchOptions& options) {
  const Baseline baseline = make_baseline(parts, options);
  const std::string text = dump_json(to_json(baseline));
  Frozen frozen{stream, baseline.parts, baseline.ng, sha256_hex(text)};
  for (size_t f = 0; f < kFeatures.size(); ++f)
    if (!baseline.features[f].watched) frozen.unwatched.emplace_back(kFeatures[f]);
  const int64_t last = parts.back().id;
  database.run(
      "INSERT OR REPLACE INTO loop_baseline(station, model_sha256, baseline, sha256, last_part, "
      "at, good_by) VALUES(?,?,?,?,?,?,?)",
      stream.station, stream.model_sha256, text, frozen.sha256, last, now, ask.good_by);
  // What came after the period is watched from its beginning.
  database.run("UPDATE loop_stream SET seen = ? WHERE station = ? AND model_sha256 = ?", last,
               stream.station, stream.model_sha256);
  record_event(database, now, "loop baseline",
               {{"station", stream.station},
                {"model_sha256", stream.model_sha256},
                {"from", ask.from},
                {"to", ask.to}},
               {{"parts", baseline.parts},
                {"ng", baseline.ng},
                {"first_part", parts.front().id},
                {"last_part", last},
                {"good_by", ask.good_by},
                {"sha256", frozen.sha256}});
  return frozen;
}

}  // namespace

Json to_json(const Alarm& alarm) {
  return {{"id", alarm.id},
          {"station", alarm.stream.station},
          {"model_sha256", alarm.stream.model_sha256},
          {"rule", alarm.rule},
          {"text", alarm.text},
          {"opened_at", alarm.opened_at},
          {"since", alarm.since},
          {"parts", alarm.parts},
          {"images_shown", alarm.images}};
}

std::vector<Frozen> freeze_baseline(review::Store& store, const BaselineAsk& ask,
                                    const WatchOptions& options) {
  if (ask.good_by.empty()) fail("baseline", "good-by is empty, expected who declares it good");
  return store.write([&](Database& database) {
    make_tables(database);
    std::vector<Stream> streams;
    for (auto rows = database.query("SELECT station, model_sha256 FROM loop_stream ORDER BY at");
         rows.step();)
      if (!ask.station || rows.text(0) == *ask.station)
        streams.push_back({rows.text(0), rows.text(1)});
    std::vector<Frozen> all;
    std::string too_few;
    for (const Stream& stream : streams) {
      std::vector<Observation> parts;
      for (auto rows = database.query(
               std::string(kObserved) + "AND at >= ? AND (? = 0 OR at < ?) ORDER BY id",
               stream.station, stream.model_sha256, ask.from, ask.to, ask.to);
           rows.step();)
        parts.push_back(observation_of(rows));
      if (static_cast<int64_t>(parts.size()) >= options.least_parts)
        all.push_back(freeze_one(database, store.moment().now, stream, parts, ask, options));
      else
        too_few += fmt::format("; {}: {} parts", text_of(stream), parts.size());
    }
    if (all.empty())
      fail("baseline", "no stream has enough parts, expected at least {}{}", options.least_parts,
           too_few);
    return all;
  });
}

std::vector<Alarm> watch_new_parts(Database& database, int64_t now) {
  struct Row {
    Stream stream;
    int64_t parts, seen;
  };
  std::vector<Row> streams;
  for (auto rows = database.query(
           "SELECT station, model_sha256, parts, seen FROM loop_stream ORDER BY station, at");
       rows.step();)
    streams.push_back({{rows.text(0), rows.text(1)}, rows.integer(2), rows.integer(3)});
  const int64_t last = database.integer("SELECT max(id) FROM loop_part").value_or(0);
  std::vector<Alarm> alarms;
  for (const Row& row : streams) {
    const bool has_new =
        database
            .integer(
                "SELECT 1 FROM loop_part WHERE station = ? AND model_sha256 = ? AND id > ? "
                "LIMIT 1",
                row.stream.station, row.stream.model_sha256, row.seen)
            .has_value();
    if (has_new) watch_stream(database, now, row.stream, row.parts, row.seen, alarms);
  }
  database.run("UPDATE loop_stream SET seen = ?", last);
  return alarms;
}

std::vector<Alarm> open_alarms(Database& database) {
  std::vector<int64_t> ids;
  for (auto rows = database.query("SELECT id FROM loop_alarm WHERE closed_at IS NULL ORDER BY id");
       rows.step();)
    ids.push_back(rows.integer(0));
  std::vector<Alarm> alarms;
  for (const int64_t id : ids) alarms.push_back(alarm_of(database, id));
  return alarms;
}

void close_alarm(review::Store& store, int64_t id, const std::string& by,
                 const std::string& reason) {
  if (by.empty() || reason.empty())
    fail("loop", "alarm {}: closed without a name or a reason, expected both", id);
  store.write([&](Database& database) {
    make_tables(database);
    const int64_t now = store.moment().now;
    database.run(
        "UPDATE loop_alarm SET closed_at = ?, closed_after = (SELECT max(id) FROM loop_part), "
        "closed_by = ?, reason = ? WHERE id = ? AND closed_at IS NULL",
        now, by, reason, id);
    if (database.changes() != 1) fail("loop", "alarm {}: not open, expected one that is", id);
    record_event(database, now, "loop close", {{"alarm", id}}, {{"by", by}, {"reason", reason}});
  });
}

}  // namespace paucal::loop
