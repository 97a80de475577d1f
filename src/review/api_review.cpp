// The API: queues, decisions, undo, bulk, disputes.

#include <algorithm>

#include "review/call.h"
#include "review/hand_out.h"
#include "review/honeypots.h"
#include "review/readings.h"
#include "review/second_readings.h"

namespace paucal::review {
namespace {

constexpr size_t kMaxEvents = 100;  // of one request
constexpr size_t kMaxPreviews = 1000;
constexpr size_t kSamples = 48;
constexpr size_t kMaxViewBytes = 1000;

Json classes_json(Database& database) {
  Json classes = Json::array();
  for (auto rows = database.query("SELECT id, name, is_ok, key FROM class ORDER BY id");
       rows.step();)
    classes.push_back({{"id", rows.integer(0)},
                       {"name", rows.text(1)},
                       {"is_ok", rows.integer(2) != 0},
                       {"key", rows.is_null(3) ? Json() : Json(rows.text(3))}});
  return classes;
}

Json queues_json(Database& database) {
  Json list = Json::array();
  for (const Queue& queue : queues(database))
    list.push_back({{"id", queue.id},
                    {"name", queue.name},
                    {"purpose", queue.purpose},
                    {"total", queue.total},
                    {"open", queue.remaining}});
  return list;
}

Json acted_json(const Acted& acted) {
  Json json = {{"event", acted.event}};
  if (!acted.images.empty()) {
    json["image"] = acted.images[0].image;
    json["version"] = acted.images[0].version;
  }
  if (!acted.item.empty()) json["item"] = acted.item;
  return json;
}

Json refusal_json(const Refusal& refused) {
  Json json = {{"error", refused.message}, {"code", refused.code}, {"status", refused.status}};
  if (!refused.state.is_null()) {
    json["conflict"] = true;
    json["state"] = refused.state;
  }
  return json;
}

std::variant<Ask, Refusal> ask_of(const Json& json) {
  const auto seq = integer_member(json, "client_seq"), image = integer_member(json, "image");
  if (!seq || !image) return refusal(400, "bad", "[event] client_seq and image, expected integers");
  Ask ask{.client_seq = *seq,
          .image = *image,
          .base_version = integer_member(json, "base_version"),
          .action = string_member(json, "action"),
          .item = string_member(json, "item"),
          .ms_active = integer_member(json, "ms_active"),
          .ms_total = integer_member(json, "ms_total")};
  if (json.contains("after") && !json["after"].is_null()) ask.after = json["after"];
  const std::string view = json.contains("view") && json["view"].is_object()
                               ? dump_json(json["view"])
                               : string_member(json, "view");
  if (!view.empty() && view.size() <= kMaxViewBytes) ask.view = view;
  return ask;
}

// Whether the ask tells a place on the image that its size bounds.
bool needs_size(const Json& asked) {
  if (!asked.contains("after") || !asked["after"].is_object()) return false;
  const std::string action = string_member(asked, "action");
  const auto geometry = asked["after"].find("geometry");
  const bool is_box = geometry != asked["after"].end() && geometry->is_array() &&
                      geometry->size() == 4 && (*geometry)[0].is_number();
  return (action == "add" || action == "edit") && !is_box;
}

Json one_event(Database& database, const Moment& moment, const Person& person, const Json& json,
               const ImageSize& size) {
  auto ask = ask_of(json);
  if (auto* refused = std::get_if<Refusal>(&ask)) return refusal_json(*refused);
  std::get<Ask>(ask).size = size;
  auto result = act(database, moment, person, std::get<Ask>(ask));
  if (auto* refused = std::get_if<Refusal>(&result)) return refusal_json(*refused);
  return acted_json(std::get<Acted>(result));
}

using Undo = ActResult (*)(Database&, const Moment&, const Person&, int64_t);

Answer answer_restored(const Call& call, Undo restore) {
  auto body = body_of(call.request);
  if (auto* refused = std::get_if<Refusal>(&body)) return *refused;
  const auto seq = integer_member(std::get<Json>(body), "client_seq");
  if (!seq) return refusal(400, "bad", "[undo] client_seq, expected an integer");
  const Moment moment = call.store().moment();
  return call.store().write([&](Database& database) -> Answer {
    auto result = restore(database, moment, call.person, *seq);
    if (auto* refused = std::get_if<Refusal>(&result)) return *refused;
    const Acted& acted = std::get<Acted>(result);
    Json json = acted_json(acted);
    json["images"] = Json::array();
    for (size_t i = 0; i < acted.images.size() && i < kMaxEvents; ++i)
      json["images"].push_back(image_state_json(database, acted.images[i].image));
    return json_answer(json);
  });
}

std::variant<BulkAsk, Refusal> bulk_of(Database& database, const Json& json) {
  BulkAsk ask{.action = string_member(json, "action"),
              .verdict = string_member(json, "verdict"),
              .images = integers_member(json, "images")};
  if (json.contains("min_evidence") && json["min_evidence"].is_number())
    ask.min_evidence = json["min_evidence"].get<double>();
  if (json.contains("class") && !json["class"].is_null()) {
    const std::vector<Class> classes = load_classes(database);
    const Class* found = find_class(classes, json["class"]);
    if (!found) return refusal(400, "unknown", "[bulk] class, expected the name or id of a class");
    ask.class_id = found->id;
  }
  return ask;
}

}  // namespace

Answer answer_project(const Call& call) {
  return json_answer(call.store().read([&](Database& database) -> Json {
    return {{"name", call.store().folder().filename().string()},
            {"version", call.shared.options.version},
            {"images", *database.integer("SELECT count(*) FROM image WHERE shadow_of IS NULL")},
            {"classes", classes_json(database)},
            {"queues", queues_json(database)}};
  }));
}

Answer answer_queues(const Call& call) {
  return json_answer(call.store().read([](Database& database) -> Json {
    return {{"queues", queues_json(database)}};
  }));
}

Answer answer_next(const Call& call) {
  auto body = body_of(call.request);
  if (auto* refused = std::get_if<Refusal>(&body)) return *refused;
  const Json& json = std::get<Json>(body);
  const int64_t n =
      std::clamp<int64_t>(integer_member(json, "n").value_or(1), 0, kMaxHandedOut + 1);
  const Moment moment = call.store().moment();
  auto handed = call.store().write([&](Database& database) {
    return hand_out(database, moment, call.person, call.numbers[0], static_cast<int>(n),
                    integers_member(json, "have"));
  });
  if (auto* refused = std::get_if<Refusal>(&handed)) return *refused;
  Json items = call.store().read([&](Database& database) {
    Json list = Json::array();
    for (const int64_t image : std::get<std::vector<int64_t>>(handed))
      list.push_back(image_json(database, image));
    return list;
  });
  for (Json& item : items) add_size(call, item);
  return json_answer({{"items", std::move(items)}});
}

Answer answer_release(const Call& call) {
  auto body = body_of(call.request);
  if (auto* refused = std::get_if<Refusal>(&body)) return *refused;
  const auto images = integers_member(std::get<Json>(body), "images");
  if (images.size() > kMaxHeld)
    return refusal(400, "bad", "[release] {} images, expected at most {}", images.size(), kMaxHeld);
  call.store().write([&](Database& database) { release(database, call.person, images); });
  return json_answer(Json::object());
}

Answer answer_events(const Call& call) {
  auto body = body_of(call.request, /*array=*/true);
  if (auto* refused = std::get_if<Refusal>(&body)) return *refused;
  Json& asked = std::get<Json>(body);
  if (asked.is_object()) asked = Json::array({std::move(asked)});
  if (asked.size() > kMaxEvents)
    return refusal(400, "bad", "[events] {}, expected at most {}", asked.size(), kMaxEvents);
  std::vector<ImageSize> sizes(asked.size());  // read before the store is held
  for (size_t i = 0; i < asked.size(); ++i)
    if (const auto image = integer_member(asked[i], "image"); image && needs_size(asked[i]))
      sizes[i] = shown_size(call, *image);
  const Moment moment = call.store().moment();
  Json results = call.store().write([&](Database& database) {
    Json list = Json::array();
    for (size_t i = 0; i < asked.size(); ++i)
      list.push_back(one_event(database, moment, call.person, asked[i], sizes[i]));
    return list;
  });
  return json_answer(results);
}

Answer answer_undo(const Call& call) {
  return answer_restored(call, undo);
}
Answer answer_redo(const Call& call) {
  return answer_restored(call, redo);
}

Answer answer_preview(const Call& call) {
  auto body = body_of(call.request);
  if (auto* refused = std::get_if<Refusal>(&body)) return *refused;
  const Moment moment = call.store().moment();
  return call.store().read([&](Database& database) -> Answer {
    auto ask = bulk_of(database, std::get<Json>(body));
    if (auto* refused = std::get_if<Refusal>(&ask)) return *refused;
    auto found = bulk_set(database, moment, call.person, std::get<BulkAsk>(ask));
    if (auto* refused = std::get_if<Refusal>(&found)) return *refused;
    const BulkSet& set = std::get<BulkSet>(found);
    Json samples = Json::array();
    // Evenly over the set, so that its worst part is seen, too.
    const size_t shown = std::min(kSamples, set.items.size());
    for (size_t i = 0; i < shown; ++i) {
      const BulkItem& item = set.items[i * set.items.size() / shown];
      samples.push_back({{"image", item.image}, {"item", item.item}, {"version", item.version}});
    }
    const std::string token = random_hex(16);
    const std::lock_guard lock(call.shared.mutex);
    auto& previews = call.shared.previews;
    if (previews.size() >= kMaxPreviews) previews.erase(previews.begin());
    previews[token] = {call.person.id, std::get<BulkAsk>(std::move(ask)), set.digest};
    return json_answer({{"token", token}, {"count", set.items.size()}, {"samples", samples}});
  });
}

Answer answer_apply(const Call& call) {
  auto body = body_of(call.request);
  if (auto* refused = std::get_if<Refusal>(&body)) return *refused;
  const Json& json = std::get<Json>(body);
  const auto seq = integer_member(json, "client_seq"), count = integer_member(json, "count");
  if (!seq || !count || *count < 0)
    return refusal(400, "bad", "[bulk] client_seq and count, expected integers");
  Previewed previewed;
  {
    const std::lock_guard lock(call.shared.mutex);
    const auto found = call.shared.previews.find(string_member(json, "token"));
    if (found == call.shared.previews.end() || found->second.user_id != call.person.id)
      return refusal(404, "unknown", "[bulk] token, expected that of a preview");
    previewed = found->second;
  }
  const Moment moment = call.store().moment();
  auto result = call.store().write([&](Database& database) {
    return bulk_apply(database, moment, call.person, *seq, previewed.ask, previewed.digest,
                      static_cast<size_t>(*count));
  });
  if (auto* refused = std::get_if<Refusal>(&result)) return *refused;
  const Acted& acted = std::get<Acted>(result);
  return json_answer({{"event", acted.event}, {"images", acted.images.size()}});
}

Answer answer_disputes(const Call& call) {
  if (!call.person.may(Role::kArbiter))
    return refusal(403, "forbidden", "[disputes] role {}, expected arbiter",
                   role_name(call.person.role));
  return json_answer(call.store().read([](Database& database) -> Json {
    Json list = Json::array();
    for (auto rows = database.query(
             "SELECT image_id, status FROM image_state WHERE status IN ('disputed', 'unsure') AND "
             "image_id NOT IN (SELECT image_id FROM honeypot) ORDER BY image_id LIMIT 1000");
         rows.step();) {
      const int64_t image = rows.integer(0);
      Json entry = {
          {"image", image}, {"status", rows.text(1)}, {"version", version_of(database, image)}};
      if (const auto readings = readings_of(database, image)) {
        entry["A"] = image_state_json(database, readings->a);
        entry["B"] = image_state_json(database, readings->b);
        for (const char* reading : {"A", "B"})  // neither tells which was first
          for (const char* key : {"id", "version", "status"}) entry[reading].erase(key);
      }
      list.push_back(std::move(entry));
    }
    return {{"disputes", std::move(list)}};
  }));
}

// Seconds a decision, and honeypots: of oneself, until the day before; of all for admins.
Answer answer_reviewers(const Call& call) {
  const Moment moment = call.store().moment();
  const int64_t until =
      call.person.may(Role::kAdmin) ? moment.now + 1 : honeypots_told_until(moment);
  return json_answer(call.store().read([&](Database& database) -> Json {
    Json list = Json::array();
    for (const User& user : users(database)) {
      if (user.id != call.person.id && !call.person.may(Role::kAdmin)) continue;
      const HoneypotFigures honeypots = honeypot_figures(database, user.id, until);
      auto row = database.query(
          "SELECT count(*), sum(ms_active) FROM event WHERE user_id = ? AND action IN ('done', "
          "'verdict', 'unsure', 'arbitrate')",
          user.id);
      row.step();
      list.push_back({{"name", user.name},
                      {"decisions", row.integer(0)},
                      {"seconds_active", static_cast<double>(row.integer(1)) / 1000},
                      {"second_readings", second_readings(database, user.id).to_json()},
                      {"honeypots", honeypots.seen},
                      {"honeypots_caught", honeypots.agreed},
                      {"agreement", honeypots.to_json()}});
    }
    return {{"reviewers", std::move(list)}};
  }));
}

}  // namespace paucal::review
