#include "review/schema.h"

#include <fmt/format.h>

#include "base/error.h"

namespace paucal::review {
namespace {

constexpr const char* kImported = R"(
CREATE TABLE meta(key TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE root(id INTEGER PRIMARY KEY, folder TEXT NOT NULL UNIQUE) STRICT;
CREATE TABLE class(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, is_ok INTEGER NOT NULL,
  key TEXT UNIQUE, extra TEXT) STRICT;
CREATE TABLE run(id INTEGER PRIMARY KEY, name TEXT NOT NULL, folder TEXT NOT NULL,
  kind TEXT NOT NULL, at INTEGER NOT NULL) STRICT;
-- shadow_of: a second look at another image, without its proposals (blind) or with wrong ones
-- (honeypot); what is decided of it is a reading, and never exported.
CREATE TABLE image(id INTEGER PRIMARY KEY, root_id INTEGER NOT NULL REFERENCES root(id),
  path TEXT NOT NULL, shadow_of INTEGER REFERENCES image(id), shadow_kind TEXT,
  width INTEGER, height INTEGER, class_id INTEGER REFERENCES class(id), split TEXT, part TEXT,
  sha256 TEXT, extra TEXT, added_at INTEGER NOT NULL) STRICT;
CREATE UNIQUE INDEX image_path ON image(root_id, path) WHERE shadow_of IS NULL;
CREATE INDEX image_sha256 ON image(sha256) WHERE sha256 IS NOT NULL;
CREATE INDEX image_shadow ON image(shadow_of) WHERE shadow_of IS NOT NULL;
CREATE TABLE proposal(id INTEGER PRIMARY KEY, image_id INTEGER NOT NULL REFERENCES image(id),
  run_id INTEGER NOT NULL REFERENCES run(id), class_id INTEGER NOT NULL REFERENCES class(id),
  kind TEXT NOT NULL, geometry TEXT NOT NULL, score REAL, evidence REAL,
  accepted_unseen INTEGER NOT NULL, extra TEXT) STRICT;
CREATE INDEX proposal_image ON proposal(image_id);
CREATE INDEX proposal_class ON proposal(class_id, evidence);
CREATE TABLE image_score(image_id INTEGER NOT NULL REFERENCES image(id),
  run_id INTEGER NOT NULL REFERENCES run(id), verdict TEXT, probability REAL, extra TEXT,
  PRIMARY KEY(image_id, run_id)) STRICT, WITHOUT ROWID;
CREATE TABLE honeypot(image_id INTEGER PRIMARY KEY REFERENCES image(id), kind TEXT NOT NULL,
  truth TEXT NOT NULL) STRICT;
)";

constexpr const char* kEvents = R"(
CREATE TABLE event(id INTEGER PRIMARY KEY, at INTEGER NOT NULL, user_id INTEGER NOT NULL,
  session_id TEXT NOT NULL, client_seq INTEGER NOT NULL, image_id INTEGER, item_id TEXT,
  action TEXT NOT NULL, asked TEXT NOT NULL, before TEXT NOT NULL, after TEXT NOT NULL,
  base_version INTEGER, undoes INTEGER REFERENCES event(id), ms_active INTEGER, ms_total INTEGER,
  view TEXT, prev_hash TEXT NOT NULL, hash TEXT NOT NULL, UNIQUE(session_id, client_seq)) STRICT;
CREATE TRIGGER event_stays BEFORE UPDATE ON event BEGIN
  SELECT RAISE(ABORT, 'events are only added'); END;
CREATE TRIGGER event_is_kept BEFORE DELETE ON event BEGIN
  SELECT RAISE(ABORT, 'events are only added'); END;
)";

constexpr const char* kFollows = R"(
CREATE TABLE image_state(image_id INTEGER PRIMARY KEY REFERENCES image(id), status TEXT NOT NULL,
  verdict TEXT, class_id INTEGER REFERENCES class(id), version INTEGER NOT NULL,
  user_id INTEGER NOT NULL, at INTEGER NOT NULL) STRICT;
CREATE INDEX image_state_disputed ON image_state(image_id)
  WHERE status IN ('disputed', 'unsure');
CREATE TABLE annotation(image_id INTEGER NOT NULL REFERENCES image(id), id TEXT NOT NULL,
  kind TEXT NOT NULL, class_id INTEGER NOT NULL REFERENCES class(id), geometry TEXT NOT NULL,
  state TEXT NOT NULL, PRIMARY KEY(image_id, id)) STRICT, WITHOUT ROWID;
CREATE TABLE event_image(image_id INTEGER NOT NULL, event_id INTEGER NOT NULL,
  user_id INTEGER NOT NULL, PRIMARY KEY(image_id, event_id)) STRICT, WITHOUT ROWID;
-- state: done, undone (can be redone), gone (something else was done since)
CREATE TABLE undo(event_id INTEGER PRIMARY KEY, user_id INTEGER NOT NULL, state TEXT NOT NULL)
  STRICT;
CREATE INDEX undo_user ON undo(user_id, state, event_id);
CREATE TABLE queue(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, purpose TEXT NOT NULL,
  total INTEGER NOT NULL, remaining INTEGER NOT NULL) STRICT;
CREATE TABLE queue_item(queue_id INTEGER NOT NULL REFERENCES queue(id),
  image_id INTEGER NOT NULL REFERENCES image(id), rank INTEGER NOT NULL, done_at INTEGER,
  PRIMARY KEY(queue_id, image_id)) STRICT, WITHOUT ROWID;
CREATE INDEX queue_open ON queue_item(queue_id, rank, image_id) WHERE done_at IS NULL;
CREATE INDEX queue_image ON queue_item(image_id);
)";

constexpr const char* kAudits = R"(
CREATE TABLE audit(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, queue_id INTEGER NOT NULL,
  terms TEXT NOT NULL, opened_at INTEGER NOT NULL, closed_at INTEGER, result TEXT) STRICT;
CREATE TABLE audit_item(audit_id INTEGER NOT NULL REFERENCES audit(id), ord INTEGER NOT NULL,
  image_id INTEGER NOT NULL, shadow_id INTEGER NOT NULL UNIQUE, stratum INTEGER NOT NULL,
  pi REAL NOT NULL, claim TEXT NOT NULL, PRIMARY KEY(audit_id, ord)) STRICT, WITHOUT ROWID;
)";

constexpr const char* kPeople = R"(
CREATE TABLE lease(image_id INTEGER PRIMARY KEY REFERENCES image(id), user_id INTEGER NOT NULL,
  until INTEGER NOT NULL) STRICT;
CREATE INDEX lease_user ON lease(user_id);
CREATE TABLE user(id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, role TEXT NOT NULL,
  password_hash TEXT NOT NULL, disabled INTEGER NOT NULL) STRICT;
CREATE TABLE session(secret_sha256 TEXT PRIMARY KEY, id TEXT NOT NULL UNIQUE,
  user_id INTEGER NOT NULL REFERENCES user(id), csrf TEXT NOT NULL, created INTEGER NOT NULL,
  seen INTEGER NOT NULL, expires INTEGER NOT NULL) STRICT, WITHOUT ROWID;
)";

constexpr Derived kDerived[] = {
    {"image_state", "image_id, status, verdict, class_id, version, user_id, at"},
    {"annotation", "image_id, id, kind, class_id, geometry, state"},
    {"event_image", "image_id, event_id, user_id"},
    {"undo", "event_id, user_id, state"},
    {"audit", "id, name, queue_id, terms, opened_at, closed_at, result"},
    {"audit_item", "audit_id, ord, image_id, shadow_id, stratum, pi, claim"},
    {"queue_item", "queue_id, image_id, rank, done_at"},
    {"queue", "id, name, purpose, total, remaining"}};

}  // namespace

int schema_version(Database& database) {
  const auto version = static_cast<int>(database.integer("PRAGMA user_version").value_or(0));
  if (version > kSchemaVersion)
    fail("review", "'{}': written by a newer program (version {}), expected at most {}",
         database.file().string(), version, kSchemaVersion);
  return version;
}

void make_schema(Database& database) {
  const int version = schema_version(database);
  if (version == kSchemaVersion) return;
  database.execute("BEGIN IMMEDIATE");
  if (version == 0)
    for (const char* script : {kImported, kEvents, kFollows, kPeople}) database.execute(script);
  if (version <= 1) database.execute(kAudits);
  database.execute(fmt::format("PRAGMA user_version = {}", kSchemaVersion));
  database.execute("COMMIT");
}

bool has_audits(Database& database) {
  return schema_version(database) >= 2;
}

std::span<const Derived> derived_tables() {
  return kDerived;
}

}  // namespace paucal::review
