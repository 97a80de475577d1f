#pragma once
// Decisions in the store, and events: a row of the chain, and what follows from it.
//
// `before` and `after` of an event hold {"images": {"12": {"status", "verdict", "class", "items":
// {"p7": {…} | null}}}}: of every image that it touches the decision, and those objects that
// differ (null: none). So what follows from the events needs no other rules than copying `after`,
// and the inverse of an event is its `before`.

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "review/database.h"
#include "review/decision.h"

namespace paucal::review {

struct Event {
  int64_t id = 0;       // 1, 2, 3 …
  int64_t at = 0;       // µs since 1970, UTC, as the clock was; the order is that of the ids
  int64_t user_id = 0;  // 0: the store itself
  std::string session_id = {};
  int64_t client_seq = 0;
  std::optional<int64_t> image_id = {};
  std::optional<std::string> item_id = {};
  std::string action = {};
  std::string asked = "{}", before = "{}", after = "{}";
  std::optional<int64_t> base_version = {}, undoes = {};
  std::optional<int64_t> ms_active = {}, ms_total = {};
  std::optional<std::string> view = {};
};

// Of one image: what it was and what it becomes.
struct Change {
  Decision before, after;
};
using Changes = std::map<int64_t, Change>;  // by image

Decision load_decision(Database& database, int64_t image);
int64_t version_of(Database& database, int64_t image);  // how many events touched it
std::vector<Proposal> load_proposals(Database& database, int64_t image);
std::vector<Class> load_classes(Database& database);

// Fills `before` and `after`.
void describe(const Changes& changes, Event& event);

// Adds the event to the chain and does what follows from it. `event` gets its id.
void record(Database& database, Event& event);
// Without adding it: for `check --rebuild`.
void follow(Database& database, const Event& event);

// The chain: hash = SHA-256 of the JSON array of the row's columns, in their order, with the hash
// of the event before (64 zeros for the first). SQLite writes the array, so that anybody can:
//   sqlite3 review.db "SELECT json_array(…) FROM event WHERE id = 7" | tr -d '\n' | sha256sum
inline constexpr std::string_view kHashedColumns =
    "id, at, user_id, session_id, client_seq, image_id, item_id, action, asked, before, after, "
    "base_version, undoes, ms_active, ms_total, view, prev_hash";
inline constexpr std::string_view kFirstHash =
    "0000000000000000000000000000000000000000000000000000000000000000";

}  // namespace paucal::review
