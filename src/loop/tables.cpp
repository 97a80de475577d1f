#include "loop/tables.h"

#include "base/error.h"
#include "base/json_text.h"

namespace paucal::loop {
namespace {

constexpr const char* kTables = R"(
-- How far each file of a spool was read.
CREATE TABLE IF NOT EXISTS loop_file(spool TEXT NOT NULL, file TEXT NOT NULL,
  offset INTEGER NOT NULL, lines INTEGER NOT NULL, damaged INTEGER NOT NULL,
  PRIMARY KEY(spool, file)) STRICT, WITHOUT ROWID;
-- `seen`: the last part that was watched for drift.
CREATE TABLE IF NOT EXISTS loop_stream(station TEXT NOT NULL, model_sha256 TEXT NOT NULL,
  model TEXT NOT NULL, version INTEGER NOT NULL, parts INTEGER NOT NULL, seen INTEGER NOT NULL,
  at INTEGER NOT NULL, PRIMARY KEY(station, model_sha256)) STRICT, WITHOUT ROWID;
-- The parts, `number` counted in each stream from 1. The oldest go.
CREATE TABLE IF NOT EXISTS loop_part(id INTEGER PRIMARY KEY, station TEXT NOT NULL,
  model_sha256 TEXT NOT NULL, number INTEGER NOT NULL, at INTEGER NOT NULL, part TEXT,
  ng INTEGER NOT NULL, probability REAL NOT NULL, logit REAL, heat_peak REAL, mean REAL,
  spread REAL, sharpness REAL, hash TEXT, name TEXT) STRICT;
CREATE INDEX IF NOT EXISTS loop_part_stream ON loop_part(station, model_sha256, id);
-- All parts ever, by what gives them one inclusion probability.
CREATE TABLE IF NOT EXISTS loop_stratum(station TEXT NOT NULL, model_sha256 TEXT NOT NULL,
  stratum TEXT NOT NULL, pi REAL NOT NULL, parts INTEGER NOT NULL, kept INTEGER NOT NULL,
  dropped INTEGER NOT NULL, PRIMARY KEY(station, model_sha256, stratum, pi)) STRICT, WITHOUT ROWID;
-- Images that the spool kept. state: awaited, taken, double (also of a test image), damaged, lost.
-- audit: with which share it was drawn to measure, and never to teach; 0: it was not.
CREATE TABLE IF NOT EXISTS loop_image(name TEXT PRIMARY KEY, hash TEXT NOT NULL UNIQUE,
  spool TEXT NOT NULL,
  state TEXT NOT NULL, part_id INTEGER NOT NULL, at INTEGER NOT NULL, station TEXT NOT NULL,
  model_sha256 TEXT NOT NULL, part TEXT, stratum TEXT NOT NULL, pi REAL NOT NULL,
  audit REAL NOT NULL, line TEXT NOT NULL, image_id INTEGER, double_of TEXT, print TEXT)
  STRICT, WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS loop_image_awaited ON loop_image(part_id) WHERE state = 'awaited';
CREATE INDEX IF NOT EXISTS loop_image_part ON loop_image(part_id);
CREATE INDEX IF NOT EXISTS loop_image_id ON loop_image(image_id) WHERE image_id IS NOT NULL;
-- Fingerprints of the test images, which nothing that teaches may resemble.
CREATE TABLE IF NOT EXISTS loop_test_print(image_id INTEGER PRIMARY KEY, print TEXT) STRICT;
CREATE TABLE IF NOT EXISTS loop_baseline(station TEXT NOT NULL, model_sha256 TEXT NOT NULL,
  baseline TEXT NOT NULL, sha256 TEXT NOT NULL, last_part INTEGER NOT NULL, at INTEGER NOT NULL,
  good_by TEXT NOT NULL, PRIMARY KEY(station, model_sha256)) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS loop_alarm(id INTEGER PRIMARY KEY, station TEXT NOT NULL,
  model_sha256 TEXT NOT NULL, rule TEXT NOT NULL, opened_at INTEGER NOT NULL,
  since INTEGER NOT NULL, until INTEGER NOT NULL, text TEXT NOT NULL, images TEXT NOT NULL,
  closed_at INTEGER, closed_after INTEGER, closed_by TEXT, reason TEXT) STRICT;
)";

}  // namespace

void make_tables(review::Database& database) {
  if (!has_tables(database)) database.execute(kTables);
}

bool has_tables(review::Database& database) {
  return database.integer("SELECT 1 FROM sqlite_schema WHERE name = 'loop_alarm'").has_value();
}

int64_t record_event(review::Database& database, int64_t now, std::string_view action,
                     const Json& asked, const Json& after) {
  review::Event event;
  event.at = now;
  event.session_id = "store";
  event.client_seq = database.integer("SELECT max(id) FROM event").value_or(0) + 1;
  event.action = action;
  event.asked = dump_json(asked);
  event.after = dump_json(after);
  review::record(database, event);
  return event.id;
}

std::string text_of(const Stream& stream) {
  return fmt::format("{}, model {}", stream.station.empty() ? "the line" : stream.station,
                     stream.model_sha256.empty() ? "?" : stream.model_sha256.substr(0, 8));
}

}  // namespace paucal::loop
