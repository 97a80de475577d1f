#include "review/bulk.h"

#include "base/json_text.h"
#include "base/sha256.h"
#include "review/honeypots.h"
#include "review/readings.h"

namespace paucal::review {
namespace {

std::string list_json(const std::vector<int64_t>& images) {
  return dump_json(Json(images));
}

// Honeypots go with the others, or a preview would tell which they are.
constexpr const char* kInReach =
    "(image.shadow_of IS NULL OR (shadow_kind = 'honeypot' AND NOT EXISTS (SELECT 1 FROM "
    "event_image WHERE event_image.image_id = image.shadow_of AND user_id = ?5)))";

void find_proposals(Database& database, const Person& person, const BulkAsk& ask, size_t limit,
                    std::vector<BulkItem>& found) {
  for (auto rows = database.query(
           std::string("SELECT proposal.image_id, proposal.id FROM proposal JOIN image ON image.id "
                       "= proposal.image_id WHERE ") +
               kInReach +
               " AND (?1 IS NULL OR proposal.class_id = "
               "?1) AND (?2 <= 0 OR evidence >= ?2) AND (?3 = '[]' OR proposal.image_id IN (SELECT "
               "value FROM json_each(?3))) AND NOT EXISTS (SELECT 1 FROM image_state WHERE "
               "image_state.image_id = proposal.image_id AND status <> 'open') AND NOT EXISTS "
               "(SELECT "
               "1 FROM annotation WHERE annotation.image_id = proposal.image_id AND annotation.id "
               "= "
               "'p' || proposal.id) ORDER BY proposal.image_id, proposal.id LIMIT ?4",
           ask.class_id, ask.min_evidence, list_json(ask.images), static_cast<int64_t>(limit),
           person.id);
       rows.step();)
    found.push_back({rows.integer(0), 0, item_id(rows.integer(1))});
}

void find_images(Database& database, const Person& person, const BulkAsk& ask, size_t limit,
                 std::vector<BulkItem>& found) {
  for (auto rows = database.query(
           std::string("SELECT id FROM image WHERE ") + kInReach +
               " AND id IN (SELECT value FROM json_each(?1)) AND NOT EXISTS (SELECT 1 FROM "
               "image_state WHERE image_id = image.id AND status <> 'open') ORDER BY id LIMIT ?2",
           list_json(ask.images), static_cast<int64_t>(limit), std::nullopt, std::nullopt,
           person.id);
       rows.step();)
    found.push_back({rows.integer(0), 0, ""});
}

std::variant<Decision, Refusal> decide_bulk(Decision decision, const BulkAsk& ask,
                                            const std::vector<std::string>& items,
                                            const Scene& scene) {
  for (const std::string& item : items) {
    const Json after = ask.action == "verdict" ? Json{{"verdict", ask.verdict}} : Json::object();
    auto decided = decide(decision, {ask.action, item, after, {}}, scene);
    if (std::holds_alternative<Refusal>(decided)) return decided;
    decision = std::get<Decision>(std::move(decided));
  }
  return decision;
}

}  // namespace

std::variant<BulkSet, Refusal> bulk_set(Database& database, const Moment& moment,
                                        const Person& person, const BulkAsk& ask) {
  if (!person.may(Role::kReviewer))
    return refusal(403, "forbidden", "[bulk] role {}, expected reviewer", role_name(person.role));
  const bool whole = ask.action == "verdict";
  if (!whole && ask.action != "accept" && ask.action != "reject")
    return refusal(400, "bad", "[bulk] action '{}', expected accept, reject or verdict",
                   ask.action.substr(0, 40));
  if (whole && (ask.images.empty() || (ask.verdict != "OK" && ask.verdict != "NG")))
    return refusal(400, "bad", "[bulk] verdict, expected OK or NG and a list of images");
  const size_t limit = person.may(Role::kArbiter) ? kMaxBulkArbiter : kMaxBulkReviewer;
  if (ask.images.size() > limit)
    return refusal(400, "bad", "[bulk] {} images, expected at most {}", ask.images.size(), limit);
  std::vector<BulkItem> found;
  (whole ? find_images : find_proposals)(database, person, ask, limit, found);
  BulkSet set;
  Sha256 digest;
  for (BulkItem& item : found) {
    if (const auto holder = holder_of(database, moment, item.image); holder && *holder != person.id)
      continue;
    item.version = version_of(database, item.image);
    digest.add(fmt::format("{} {} {}\n", item.image, item.version, item.item));
    set.items.push_back(std::move(item));
  }
  set.digest = digest.hex();
  return set;
}

ActResult bulk_apply(Database& database, const Moment& moment, const Person& person,
                     int64_t client_seq, const BulkAsk& ask, const std::string& digest,
                     size_t count) {
  if (auto before = answered_before(database, person, client_seq)) return *before;
  auto found = bulk_set(database, moment, person, ask);
  if (auto* refused = std::get_if<Refusal>(&found)) return *refused;
  const BulkSet& set = std::get<BulkSet>(found);
  if (set.digest != digest || set.items.size() != count)
    return refusal(409, "conflict", "[bulk] {} now, expected the {} that were shown",
                   set.items.size(), count);
  if (set.items.empty()) return refusal(409, "nothing", "[bulk] nothing to change");
  const std::vector<Class> classes = load_classes(database);
  Changes changes;
  for (size_t i = 0; i < set.items.size();) {
    const int64_t image = set.items[i].image;
    std::vector<std::string> items;
    for (; i < set.items.size() && set.items[i].image == image; ++i)
      items.push_back(set.items[i].item);
    const Scene scene{load_proposals(database, image),
                      database.integer("SELECT class_id FROM image WHERE id = ?", image), &classes};
    const Decision before = load_decision(database, image);
    auto decided = decide_bulk(before, ask, items, scene);
    if (auto* refused = std::get_if<Refusal>(&decided)) return *refused;
    changes[image] = {before, std::get<Decision>(std::move(decided))};
    compare_readings(database, image, changes);
  }
  Event event;
  event.at = moment.now;
  event.user_id = person.id;
  event.session_id = person.session;
  event.client_seq = client_seq;
  event.action = "bulk";
  event.asked = dump_json({{"action", ask.action}, {"count", count}, {"digest", digest}});
  describe(changes, event);
  record(database, event);
  Acted acted{event.id, {}, {}};
  for (const auto& [image, change] : changes) {
    acted.images.push_back({image, version_of(database, image)});
    if (change.after.status != "done") continue;
    plant_blind(database, moment, image);
    plant_honeypot_by_chance(database, moment, image);
  }
  return acted;
}

}  // namespace paucal::review
