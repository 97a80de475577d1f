#include "review/record.h"

#include "base/error.h"
#include "base/json_text.h"
#include "base/sha256.h"
#include "review/audit.h"

namespace paucal::review {
namespace {

Json json_of(const Item& item) {
  return {{"kind", item.kind},
          {"class", item.class_id},
          {"geometry", item.geometry},
          {"state", item.state}};
}

Json half_of(const Decision& decision, const Decision& other) {
  Json items = Json::object();
  for (const auto& [id, item] : decision.items) {
    const auto found = other.items.find(id);
    if (found == other.items.end() || !(found->second == item)) items[id] = json_of(item);
  }
  for (const auto& [id, item] : other.items)
    if (!decision.items.contains(id)) items[id] = nullptr;
  Json half = {{"status", decision.status},
               {"verdict", nullptr},
               {"class", nullptr},
               {"items", std::move(items)}};
  if (decision.verdict) half["verdict"] = *decision.verdict;
  if (decision.class_id) half["class"] = *decision.class_id;
  return half;
}

// Images that become closed or open again leave their queues or come back to them.
void move_in_queues(Database& database, int64_t image, bool closed, int64_t at) {
  if (closed)
    database.run(
        "UPDATE queue SET remaining = remaining - 1 WHERE id IN (SELECT queue_id FROM queue_item "
        "WHERE image_id = ? AND done_at IS NULL)",
        image);
  else
    database.run(
        "UPDATE queue SET remaining = remaining + 1 WHERE id IN (SELECT queue_id FROM queue_item "
        "WHERE image_id = ? AND done_at IS NOT NULL)",
        image);
  database.run("UPDATE queue_item SET done_at = ? WHERE image_id = ?",
               closed ? std::optional(at) : std::nullopt, image);
}

void follow_item(Database& database, int64_t image, const std::string& id, const Json& item) {
  if (item.is_null())
    return database.run("DELETE FROM annotation WHERE image_id = ? AND id = ?", image, id);
  database.run(
      "INSERT INTO annotation(image_id, id, kind, class_id, geometry, state) VALUES(?,?,?,?,?,?) "
      "ON CONFLICT(image_id, id) DO UPDATE SET kind = excluded.kind, class_id = excluded.class_id, "
      "geometry = excluded.geometry, state = excluded.state",
      image, id, item.at("kind").get<std::string>(), item.at("class").get<int64_t>(),
      item.at("geometry").get<std::string>(), item.at("state").get<std::string>());
}

void follow_image(Database& database, const Event& event, int64_t image, const Json& half) {
  const auto status = half.at("status").get<std::string>();
  const auto before = database.text("SELECT status FROM image_state WHERE image_id = ?", image);
  const Json &verdict = half.at("verdict"), &label = half.at("class");
  database.run(
      "INSERT INTO image_state(image_id, status, verdict, class_id, version, user_id, at) "
      "VALUES(?,?,?,?,1,?,?) ON CONFLICT(image_id) DO UPDATE SET status = excluded.status, "
      "verdict = excluded.verdict, class_id = excluded.class_id, version = version + 1, "
      "user_id = excluded.user_id, at = excluded.at",
      image, status, verdict.is_null() ? std::nullopt : std::optional(verdict.get<std::string>()),
      label.is_null() ? std::nullopt : std::optional(label.get<int64_t>()), event.user_id,
      event.at);
  for (const auto& [id, item] : half.at("items").items()) follow_item(database, image, id, item);
  database.run("INSERT INTO event_image(image_id, event_id, user_id) VALUES(?,?,?)", image,
               event.id, event.user_id);
  const bool was_closed = before && *before != "open", closed = status != "open";
  if (was_closed != closed) move_in_queues(database, image, closed, event.at);
}

void follow_undo(Database& database, const Event& event) {
  if (event.undoes) {
    database.run("UPDATE undo SET state = ? WHERE event_id = ?",
                 event.action == "undo" ? "undone" : "done", *event.undoes);
    return;
  }
  database.run("UPDATE undo SET state = 'gone' WHERE user_id = ? AND state = 'undone'",
               event.user_id);
  database.run("INSERT INTO undo(event_id, user_id, state) VALUES(?,?,'done')", event.id,
               event.user_id);
}

}  // namespace

Decision load_decision(Database& database, int64_t image) {
  Decision decision;
  auto state =
      database.query("SELECT status, verdict, class_id FROM image_state WHERE image_id = ?", image);
  if (!state.step()) return decision;
  decision.status = state.text(0);
  if (!state.is_null(1)) decision.verdict = state.text(1);
  decision.class_id = state.maybe_integer(2);
  for (auto rows = database.query(
           "SELECT id, kind, class_id, geometry, state FROM annotation WHERE image_id = ?", image);
       rows.step();)
    decision.items[rows.text(0)] = {rows.text(1), rows.integer(2), rows.text(3), rows.text(4)};
  return decision;
}

int64_t version_of(Database& database, int64_t image) {
  return database.integer("SELECT version FROM image_state WHERE image_id = ?", image).value_or(0);
}

std::vector<Proposal> load_proposals(Database& database, int64_t image) {
  std::vector<Proposal> proposals;
  for (auto rows = database.query(
           "SELECT id, kind, class_id, geometry FROM proposal WHERE image_id = ? ORDER BY id",
           image);
       rows.step();)
    proposals.push_back({rows.integer(0), rows.text(1), rows.integer(2), rows.text(3)});
  return proposals;
}

std::vector<Class> load_classes(Database& database) {
  std::vector<Class> classes;
  for (auto rows = database.query("SELECT id, name, is_ok FROM class ORDER BY id"); rows.step();)
    classes.push_back({rows.integer(0), rows.text(1), rows.integer(2) != 0});
  return classes;
}

void describe(const Changes& changes, Event& event) {
  Json before = Json::object(), after = Json::object();
  for (const auto& [image, change] : changes) {
    before[std::to_string(image)] = half_of(change.before, change.after);
    after[std::to_string(image)] = half_of(change.after, change.before);
  }
  event.before = dump_json({{"images", std::move(before)}});
  event.after = dump_json({{"images", std::move(after)}});
}

void follow(Database& database, const Event& event) {
  const Json after = value_or_throw(parse_json(event.after, fmt::format("event {}", event.id)));
  if (after.contains("audit")) return follow_audit(database, event, after["audit"]);
  const auto images = after.find("images");
  if (images == after.end() || !images->is_object()) return;  // import, plant: no decision
  for (const auto& [image, half] : images->items())
    follow_image(database, event, std::stoll(image), half);
  follow_undo(database, event);
}

void record(Database& database, Event& event) {
  std::string previous(kFirstHash);
  event.id = 1;
  if (auto last = database.query("SELECT id, hash FROM event ORDER BY id DESC LIMIT 1");
      last.step()) {
    event.id = last.integer(0) + 1;
    previous = last.text(1);
  }
  const auto with_columns = [&](const char* sql, const auto&... more) {
    return database.query(sql, event.id, event.at, event.user_id, event.session_id,
                          event.client_seq, event.image_id, event.item_id, event.action,
                          event.asked, event.before, event.after, event.base_version, event.undoes,
                          event.ms_active, event.ms_total, event.view, previous, more...);
  };
  auto row = with_columns("SELECT json_array(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)");
  row.step();
  const std::string hash = sha256_hex(row.text(0));
  auto insert = with_columns("INSERT INTO event VALUES(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)", hash);
  insert.step();
  follow(database, event);
}

}  // namespace paucal::review
