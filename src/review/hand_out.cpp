#include "review/hand_out.h"

#include <algorithm>

#include "base/json_text.h"
#include "review/honeypots.h"

namespace paucal::review {
namespace {

constexpr int kMaxLookedAt = 20'000;  // images that are passed over

// Whether the person must not get a shadow: who knows the image, and who could look up which images
// are honeypots.
bool knows(Database& database, const Person& person, const Shadow& shadow) {
  if (!shadow.is_blind() && person.may(Role::kArbiter)) return true;
  return database
      .integer("SELECT 1 FROM event_image WHERE image_id = ? AND user_id = ? LIMIT 1", shadow.of,
               person.id)
      .has_value();
}

Json proposals_json(Database& database, int64_t image) {
  Json proposals = Json::array();
  for (auto rows = database.query(
           "SELECT id, kind, class_id, geometry, score, evidence, accepted_unseen FROM proposal "
           "WHERE image_id = ? ORDER BY id",
           image);
       rows.step();) {
    const auto geometry = parse_json(rows.text(3), "geometry");
    proposals.push_back({{"id", item_id(rows.integer(0))},
                         {"kind", rows.text(1)},
                         {"class", rows.integer(2)},
                         {"geometry", geometry.ok() ? *geometry : Json()},
                         {"score", rows.is_null(4) ? Json() : Json(rows.real(4))},
                         {"evidence", rows.is_null(5) ? Json() : Json(rows.real(5))},
                         {"accepted_unseen", rows.integer(6) != 0}});
  }
  return proposals;
}

// Of a honeypot those of the image that it was made of.
Json scores_json(Database& database, int64_t image) {
  Json scores = Json::array();
  for (auto rows = database.query(
           "SELECT run_id, name, verdict, probability FROM image_score JOIN run ON run.id = run_id "
           "WHERE image_id = (SELECT coalesce(shadow_of, id) FROM image WHERE id = ?) ORDER BY "
           "run_id",
           image);
       rows.step();)
    scores.push_back({{"run", rows.integer(0)},
                      {"name", rows.text(1)},
                      {"verdict", rows.is_null(2) ? Json() : Json(rows.text(2))},
                      {"probability", rows.is_null(3) ? Json() : Json(rows.real(3))}});
  return scores;
}

}  // namespace

std::vector<Queue> queues(Database& database) {
  std::vector<Queue> all;
  for (auto rows =
           database.query("SELECT id, name, purpose, total, remaining FROM queue ORDER BY id");
       rows.step();)
    all.push_back({rows.integer(0), rows.text(1), rows.text(2), rows.integer(3), rows.integer(4)});
  return all;
}

std::variant<std::vector<int64_t>, Refusal> hand_out(Database& database, const Moment& moment,
                                                     const Person& person, int64_t queue, int n,
                                                     const std::vector<int64_t>& have) {
  if (!person.may(Role::kReviewer))
    return refusal(403, "forbidden", "[next] role {}, expected reviewer", role_name(person.role));
  if (n < 1 || n > kMaxHandedOut)
    return refusal(400, "bad", "[next] n = {}, expected 1 to {}", n, kMaxHandedOut);
  if (have.size() > kMaxHeld)
    return refusal(400, "bad", "[next] {} images in have, expected at most {}", have.size(),
                   kMaxHeld);
  if (!database.integer("SELECT 1 FROM queue WHERE id = ?", queue))
    return refusal(404, "unknown", "[next] queue {}, expected one of /queues", queue);
  const int64_t until = moment.now + kLeaseMicroseconds;
  for (const int64_t image : have)
    database.run("UPDATE lease SET until = ? WHERE image_id = ? AND user_id = ?", until, image,
                 person.id);
  std::vector<int64_t> images;
  int looked_at = 0;
  for (auto rows = database.query(
           "SELECT image_id FROM queue_item WHERE queue_id = ? AND done_at IS NULL ORDER BY rank, "
           "image_id",
           queue);
       rows.step() && ++looked_at <= kMaxLookedAt && images.size() < static_cast<size_t>(n);) {
    const int64_t image = rows.integer(0);
    if (std::ranges::find(have, image) != have.end()) continue;
    const auto holder = holder_of(database, moment, image);
    if (holder && *holder != person.id) continue;
    if (const auto shadow = shadow_of(database, image); shadow && knows(database, person, *shadow))
      continue;
    images.push_back(image);
  }
  for (const int64_t image : images)
    database.run(
        "INSERT INTO lease(image_id, user_id, until) VALUES(?,?,?) ON CONFLICT(image_id) DO UPDATE "
        "SET user_id = excluded.user_id, until = excluded.until",
        image, person.id, until);
  return images;
}

void release(Database& database, const Person& person, const std::vector<int64_t>& images) {
  for (const int64_t image : images)
    database.run("DELETE FROM lease WHERE image_id = ? AND user_id = ?", image, person.id);
}

Json image_json(Database& database, int64_t image) {
  Json json = image_state_json(database, image);
  auto row = database.query(
      "SELECT path, width, height, class_id, split, part, shadow_kind FROM image WHERE id = ?",
      image);
  if (!row.step()) return json;
  const std::string kind = row.text(6);  // none: an image of its own
  const bool blind = kind == "blind" || kind == "audit";
  json["purpose"] = blind ? "blind" : "review";
  json["width"] = row.is_null(1) ? Json() : Json(row.integer(1));
  json["height"] = row.is_null(2) ? Json() : Json(row.integer(2));
  if (blind) {
    json["proposals"] = json["scores"] = Json::array();
    return json;
  }
  json["path"] = kind == "honeypot" ? alias_path(database, image) : row.text(0);
  json["label"] = row.is_null(3) ? Json() : Json(row.integer(3));
  json["split"] = row.text(4);
  if (!row.is_null(5)) json["part"] = row.text(5);
  json["proposals"] = proposals_json(database, image);
  json["scores"] = scores_json(database, image);
  return json;
}

}  // namespace paucal::review
