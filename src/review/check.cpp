#include "review/check.h"

#include "base/error.h"
#include "base/json_text.h"
#include "base/sha256.h"
#include "review/audit.h"
#include "review/schema.h"

namespace paucal::review {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxProblems = 100;

void check_chain(Database& database, CheckReport& report) {
  std::string previous(kFirstHash);
  int64_t expected = 1;
  for (auto rows = database.query(fmt::format(
           "SELECT id, json_array({}), prev_hash, hash FROM event ORDER BY id", kHashedColumns));
       rows.step() && report.problems.size() < kMaxProblems;) {
    const int64_t id = rows.integer(0);
    if (id != expected)
      report.problems.push_back(
          fmt::format("event {}: follows event {}, expected event {}", id, expected - 1, expected));
    if (rows.text(2) != previous)
      report.problems.push_back(fmt::format("event {}: names {} as the hash before it, expected {}",
                                            id, rows.text(2), previous));
    const std::string hash = sha256_hex(rows.text(1));
    if (rows.text(3) != hash)
      report.problems.push_back(fmt::format(
          "event {}: its hash is {}, expected {}: the row was changed", id, rows.text(3), hash));
    previous = rows.text(3);
    expected = id + 1;
    ++report.events;
  }
  report.head = previous;
}

void check_imports(Database& database, CheckReport& report) {
  for (auto rows = database.query("SELECT id, after FROM event WHERE action = 'import'");
       rows.step();) {
    const auto after = parse_json(rows.text(1), "event");
    if (!after.ok() || !after->contains("run") || !after->contains("digest")) continue;
    const std::string digest = import_digest(database, after->at("run").get<int64_t>());
    if (after->at("digest") != digest)
      report.problems.push_back(
          fmt::format("event {}: images and proposals of run {} have the digest {}, expected {}",
                      rows.integer(0), after->at("run").get<int64_t>(), digest,
                      after->at("digest").get<std::string>()));
  }
}

// All that follows from the events, from none. What an audit says of the store as it was then is
// looked at on the way.
void replay(Database& database, CheckReport& report) {
  make_schema(database);
  database.run("BEGIN");
  for (const char* table :
       {"annotation", "event_image", "undo", "image_state", "audit_item", "audit"})
    database.run(fmt::format("DELETE FROM {}", table));
  database.run("UPDATE queue_item SET done_at = NULL");
  database.run("UPDATE queue SET remaining = total");
  for (auto rows =
           database.query("SELECT id, at, user_id, action, after, undoes FROM event ORDER BY id");
       rows.step();) {
    Event event;
    event.id = rows.integer(0);
    event.at = rows.integer(1);
    event.user_id = rows.integer(2);
    event.action = rows.text(3);
    event.after = rows.text(4);
    event.undoes = rows.maybe_integer(5);
    if (event.action.starts_with("audit "))
      if (const std::string problem = audit_problem(database, event); !problem.empty())
        report.problems.push_back(fmt::format("event {}: {}: {}", event.id, event.action, problem));
    follow(database, event);
  }
  database.run("COMMIT");
}

// What one table has and the other has not.
void compare_table(Database& database, const Derived& derived, CheckReport& report) {
  const auto only_in = [&](const char* one, const char* other, const char* what) {
    auto rows = database.query(fmt::format(
        "SELECT json_array({0}), count(*) OVER () FROM (SELECT {0} FROM {1}.{3} EXCEPT SELECT {0} "
        "FROM {2}.{3}) LIMIT 1",
        derived.columns, one, other, derived.table));
    if (rows.step())
      report.problems.push_back(fmt::format("table {}: {} {}, the first: {}", derived.table,
                                            rows.integer(1), what, rows.text(0)));
  };
  only_in("stored", "main", "rows that do not follow from the events");
  only_in("main", "stored", "rows that follow from the events are missing");
}

// One that was opened to read may be older than audits.
bool stored_has_audits(Database& database) {
  return database.integer("SELECT 1 FROM stored.sqlite_schema WHERE name = 'audit'").has_value();
}

void check_rebuild(Store& store, CheckReport& report) {
  const fs::path copy = store.folder() / "review.rebuild";
  const auto remove_copy = [&] {
    for (const char* end : {"", "-journal", "-wal", "-shm", "-stored"})
      fs::remove(copy.string() + end);
  };
  remove_copy();
  try {
    // Outside of a transaction, in which VACUUM does not run; compared with a copy of the same
    // moment, since others may go on writing.
    Database(store.folder() / kDatabaseName, Database::Mode::kRead)
        .run("VACUUM INTO ?", copy.string());
    const fs::path stored = copy.string() + "-stored";
    fs::copy_file(copy, stored);
    {
      Database database(copy, Database::Mode::kPlain);
      database.execute("PRAGMA synchronous = OFF");
      replay(database, report);
      database.run("ATTACH ? AS stored", stored.string());
      for (const Derived& derived : derived_tables())
        if (!derived.table.starts_with("audit") || stored_has_audits(database))
          compare_table(database, derived, report);
    }
  } catch (const Error& error) {
    report.problems.push_back(fmt::format("rebuild: {}", error.message()));
  }
  remove_copy();
}

}  // namespace

Json CheckReport::to_json() const {
  return {
      {"ok", ok()}, {"events", events}, {"images", images}, {"head", head}, {"problems", problems}};
}

std::string import_digest(Database& database, int64_t run) {
  Sha256 digest;
  for (
      const char* sql :
      {"SELECT json_array(image.id, path, width, height, image.class_id, split, part, sha256) FROM "
       "image JOIN image_score ON image_id = image.id WHERE run_id = ? ORDER BY image.id",
       "SELECT json_array(image_id, verdict, probability, extra) FROM image_score WHERE run_id = ? "
       "ORDER BY image_id",
       "SELECT json_array(id, image_id, class_id, kind, geometry, score, evidence, "
       "accepted_unseen, extra) FROM proposal WHERE run_id = ? ORDER BY id"})
    for (auto rows = database.query(sql, run); rows.step();) digest.add(rows.text(0) + "\n");
  return digest.hex();
}

CheckReport check(Store& store, bool rebuild) {
  CheckReport report;
  store.read([&](Database& database) {
    const std::string integrity = database.text("PRAGMA integrity_check(1)").value_or("no answer");
    if (integrity != "ok") report.problems.push_back("file: " + integrity);
    report.images = *database.integer("SELECT count(*) FROM image");
    check_chain(database, report);
    check_imports(database, report);
  });
  if (rebuild) check_rebuild(store, report);
  return report;
}

}  // namespace paucal::review
