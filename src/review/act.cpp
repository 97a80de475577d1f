#include "review/act.h"

#include "base/json_text.h"
#include "review/audit.h"
#include "review/honeypots.h"
#include "review/readings.h"

namespace paucal::review {
namespace {

Event event_of(const Moment& moment, const Person& person, int64_t client_seq, std::string action) {
  Event event;
  event.at = moment.now;
  event.user_id = person.id;
  event.session_id = person.session;
  event.client_seq = client_seq;
  event.action = std::move(action);
  return event;
}

Refusal conflict(Database& database, int64_t image, std::string_view why) {
  Refusal refused = refusal(409, "conflict", "[event] image {}: {}", image, why);
  refused.state = image_state_json(database, image);
  return refused;
}

bool is_object_id(std::string_view id) {
  return id.size() == 32 && id.find_first_not_of("0123456789abcdef") == id.npos;
}

Scene scene_of(Database& database, const Ask& ask, const std::vector<Class>& classes) {
  Scene scene{load_proposals(database, ask.image), {}, &classes, ask.size};
  auto row = database.query("SELECT class_id, width, height FROM image WHERE id = ?", ask.image);
  if (!row.step()) return scene;
  scene.label = row.maybe_integer(0);
  if (const auto width = row.maybe_integer(1), height = row.maybe_integer(2); width && height)
    scene.size = {*width, *height};
  return scene;
}

std::optional<Refusal> check_ask(const Person& person, const Ask& ask) {
  if (!person.may(Role::kReviewer))
    return refusal(403, "forbidden", "[event] role {}, expected reviewer", role_name(person.role));
  if (!ask.after.is_object())
    return refusal(400, "bad", "[event] after is {}, expected an object", ask.after.type_name());
  if (!ask.base_version)
    return refusal(400, "bad",
                   "[event] no base_version, expected that of the image as it was seen");
  if (ask.action == "add" && !ask.item.empty() && !is_object_id(ask.item))
    return refusal(400, "bad", "[add] item, expected 32 hexadecimal digits");
  return std::nullopt;
}

std::variant<Decision, Refusal> decision_after(Database& database, const Person& person,
                                               const Ask& ask, const Decision& before,
                                               const std::string& new_id) {
  const std::vector<Class> classes = load_classes(database);
  const Scene scene = scene_of(database, ask, classes);
  if (before.status == "disputed" && !person.may(Role::kArbiter))
    return refusal(403, "forbidden", "[event] image {} is disputed, expected an arbiter",
                   ask.image);
  if (ask.action == "arbitrate") {
    if (!person.may(Role::kArbiter))
      return refusal(403, "forbidden", "[arbitrate] role {}, expected arbiter",
                     role_name(person.role));
    return arbitrate(database, before, ask, scene);
  }
  return decide(before, {ask.action, ask.item, ask.after, new_id}, scene);
}

Acted acted_on(Database& database, const Event& event, const Changes& changes, int64_t first) {
  Acted acted{event.id, {}, {}};
  if (first > 0) acted.images.push_back({first, version_of(database, first)});
  for (const auto& [image, change] : changes)
    if (image != first) acted.images.push_back({image, version_of(database, image)});
  return acted;
}

std::string half_text(Database& database, int64_t event, const char* column) {
  return *database.text(fmt::format("SELECT {} FROM event WHERE id = ?", column), event);
}

// Undo and redo: what the event `target` wrote into one of its halves becomes so again.
ActResult restore(Database& database, const Moment& moment, const Person& person,
                  int64_t client_seq, const char* action, int64_t target) {
  const bool undoes = std::string_view(action) == "undo";
  Event event = event_of(moment, person, client_seq, action);
  event.undoes = target;
  event.image_id = database.integer("SELECT image_id FROM event WHERE id = ?", target);
  event.before = half_text(database, target, undoes ? "after" : "before");
  event.after = half_text(database, target, undoes ? "before" : "after");
  std::vector<int64_t> images;
  for (auto rows = database.query("SELECT image_id FROM event_image WHERE event_id = ?", target);
       rows.step();)
    images.push_back(rows.integer(0));
  for (const int64_t image : images)
    if (auto refused = refuse_closed_audit(database, image)) return *refused;
  for (const int64_t image : images)
    if (database.integer("SELECT 1 FROM event_image WHERE image_id = ? AND event_id > ? AND "
                         "user_id <> ? LIMIT 1",
                         image, target, person.id))
      return conflict(database, image, "somebody changed it since");
  record(database, event);
  Acted acted{event.id, {}, {}};
  for (const int64_t image : images) acted.images.push_back({image, version_of(database, image)});
  return acted;
}

}  // namespace

std::optional<Acted> answered_before(Database& database, const Person& person, int64_t client_seq) {
  auto row = database.query(
      "SELECT id, image_id, asked FROM event WHERE session_id = ? AND client_seq = ?",
      person.session, client_seq);
  if (!row.step()) return std::nullopt;
  Acted acted{row.integer(0), {}, {}};
  const int64_t first = row.maybe_integer(1).value_or(0);
  for (auto images = database.query(
           "SELECT image_id, (SELECT count(*) FROM event_image AS earlier WHERE earlier.image_id = "
           "event_image.image_id AND earlier.event_id <= event_image.event_id) FROM event_image "
           "WHERE event_id = ? ORDER BY image_id <> ?, image_id",
           acted.event, first);
       images.step();)
    acted.images.push_back({images.integer(0), images.integer(1)});
  return acted;
}

std::optional<int64_t> holder_of(Database& database, const Moment& moment, int64_t image) {
  return database.integer(
      "SELECT user_id FROM lease WHERE image_id = ? AND until > ? AND until <= ?", image,
      moment.now, moment.now + kLeaseMicroseconds);
}

std::optional<Refusal> check_access(Database& database, const Moment& moment, const Person& person,
                                    int64_t image, bool to_write) {
  if (!database.integer("SELECT 1 FROM image WHERE id = ?", image))
    return refusal(404, "unknown", "[image] {}: no such image", image);
  const auto holder = holder_of(database, moment, image);
  const auto shadow = shadow_of(database, image);
  const bool blind = shadow && shadow->is_blind();
  if (blind && holder != person.id && !person.may(Role::kArbiter) &&
      database.integer("SELECT user_id FROM image_state WHERE image_id = ?", image) != person.id)
    return refusal(403, "forbidden", "[image] {}: expected an image that was handed out", image);
  if (!shadow &&
      database.integer("SELECT 1 FROM image JOIN lease ON lease.image_id = image.id WHERE "
                       "image.shadow_of = ? AND shadow_kind <> 'honeypot' AND lease.user_id = ? "
                       "AND lease.until > ?",
                       image, person.id, moment.now))
    return refusal(403, "blind", "[image] {}: you read it blind just now", image);
  if (to_write && holder && *holder != person.id)
    return conflict(database, image, "somebody else has it");
  if (to_write && blind) return refuse_closed_audit(database, image);
  return std::nullopt;
}

Json image_state_json(Database& database, int64_t image) {
  const Decision decision = load_decision(database, image);
  Json items = Json::array();
  for (const auto& [id, item] : decision.items) {
    const auto geometry = parse_json(item.geometry, "geometry");
    items.push_back({{"id", id},
                     {"kind", item.kind},
                     {"class", item.class_id},
                     {"geometry", geometry.ok() ? *geometry : Json()},
                     {"state", item.state}});
  }
  Json state = {{"id", image},
                {"version", version_of(database, image)},
                {"status", decision.status},
                {"verdict", nullptr},
                {"class", nullptr},
                {"items", std::move(items)}};
  if (decision.verdict) state["verdict"] = *decision.verdict;
  if (decision.class_id) state["class"] = *decision.class_id;
  return state;
}

ActResult act(Database& database, const Moment& moment, const Person& person, const Ask& ask) {
  if (auto before = answered_before(database, person, ask.client_seq)) return *before;
  if (auto refused = check_ask(person, ask)) return *refused;
  if (auto refused = check_access(database, moment, person, ask.image, /*to_write=*/true))
    return *refused;
  if (version_of(database, ask.image) != *ask.base_version)
    return conflict(database, ask.image, "it has changed since you saw it");
  const std::string new_id = ask.action != "add" ? ""
                             : ask.item.empty()  ? random_hex(16)
                                                 : ask.item;
  const Decision before = load_decision(database, ask.image);
  auto decided = decision_after(database, person, ask, before, new_id);
  if (auto* refused = std::get_if<Refusal>(&decided)) return *refused;
  Changes changes;
  changes[ask.image] = {before, std::get<Decision>(std::move(decided))};
  if (ask.action != "arbitrate") compare_readings(database, ask.image, changes);

  Event event = event_of(moment, person, ask.client_seq, ask.action);
  event.image_id = ask.image;
  if (const std::string& item = new_id.empty() ? ask.item : new_id; !item.empty())
    event.item_id = item;
  event.asked = dump_json(ask.after);
  event.base_version = ask.base_version;
  event.ms_active = ask.ms_active;
  event.ms_total = ask.ms_total;
  event.view = ask.view;
  const bool closes = changes[ask.image].after.status == "done";
  describe(changes, event);
  record(database, event);
  Acted acted = acted_on(database, event, changes, ask.image);
  acted.item = new_id;
  if (changes[ask.image].after.is_closed())
    database.run("DELETE FROM lease WHERE image_id = ? AND user_id = ?", ask.image, person.id);
  else
    database.run("UPDATE lease SET until = ? WHERE image_id = ? AND user_id = ?",
                 moment.now + kLeaseMicroseconds, ask.image, person.id);
  if (closes) {
    plant_blind(database, moment, ask.image);
    plant_honeypot_by_chance(database, moment, ask.image);
  }
  return acted;
}

ActResult undo(Database& database, const Moment& moment, const Person& person, int64_t client_seq) {
  if (auto before = answered_before(database, person, client_seq)) return *before;
  const auto target = database.integer(
      "SELECT max(event_id) FROM undo WHERE user_id = ? AND state = 'done'", person.id);
  if (!target) return refusal(409, "nothing", "[undo] nothing is left to undo");
  return restore(database, moment, person, client_seq, "undo", *target);
}

ActResult redo(Database& database, const Moment& moment, const Person& person, int64_t client_seq) {
  if (auto before = answered_before(database, person, client_seq)) return *before;
  const auto target = database.integer(
      "SELECT min(event_id) FROM undo WHERE user_id = ? AND state = 'undone'", person.id);
  if (!target) return refusal(409, "nothing", "[redo] nothing is left to redo");
  return restore(database, moment, person, client_seq, "redo", *target);
}

}  // namespace paucal::review
