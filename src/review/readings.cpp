#include "review/readings.h"

#include "review/agreement.h"
#include "review/audit.h"

namespace paucal::review {
namespace {

std::optional<int64_t> blind_shadow(Database& database, int64_t image) {
  return database.integer("SELECT id FROM image WHERE shadow_of = ? AND shadow_kind = 'blind'",
                          image);
}

const Decision& after_of(Database& database, const Changes& changes, int64_t image,
                         Decision& loaded) {
  if (const auto found = changes.find(image); found != changes.end()) return found->second.after;
  loaded = load_decision(database, image);
  return loaded;
}

void dispute(const Decision& now, int64_t image, Changes& changes) {
  if (!changes.contains(image)) changes[image] = {now, now};
  changes[image].after.status = "disputed";
}

// The reading of an audit against what the image is said to be now.
void compare_audited(Database& database, int64_t shadow, int64_t image, Changes& changes) {
  Decision loaded;
  const Decision first = load_decision(database, image);
  const Decision& reading = after_of(database, changes, shadow, loaded);
  if (first.status == "done" && reading.status == "done" &&
      audit_disputes(database, shadow, first, reading))
    dispute(first, image, changes);
}

}  // namespace

void compare_readings(Database& database, int64_t image, Changes& changes) {
  const auto shadow = shadow_of(database, image);
  if (shadow && shadow->kind == "audit")
    return compare_audited(database, image, shadow->of, changes);
  if (shadow && shadow->kind != "blind") return;
  const auto blind = shadow ? std::optional(image) : blind_shadow(database, image);
  if (!blind) return;
  const int64_t first = shadow ? shadow->of : image;
  Decision loaded_first, loaded_blind;
  const Decision& a = after_of(database, changes, first, loaded_first);
  const Decision& b = after_of(database, changes, *blind, loaded_blind);
  if (a.status != "done" || b.status != "done" || agree(a, b)) return;
  dispute(a, first, changes);
}

void plant_blind(Database& database, const Moment& moment, int64_t image) {
  if (moment.blind_share <= 0 || shadow_of(database, image) || blind_shadow(database, image) ||
      draw_of(database, "blind", image) >= moment.blind_share || reviewer_count(database) < 2)
    return;
  auto place =
      database.query("SELECT queue_id, rank FROM queue_item WHERE image_id = ? LIMIT 1", image);
  if (!place.step()) return;
  const int64_t shadow = add_shadow(database, moment, image, "blind");
  put_into_queue(database, place.integer(0), shadow, place.integer(1));
  record_plant(database, moment, shadow, image, "blind");
}

std::optional<Readings> readings_of(Database& database, int64_t image) {
  // The one that was read last: it made the dispute.
  const auto second = database.integer(
      "SELECT id FROM image JOIN image_state ON image_id = id WHERE shadow_of = ? AND shadow_kind "
      "IN ('blind', 'audit') AND status = 'done' ORDER BY at DESC, id DESC LIMIT 1",
      image);
  if (!second) return std::nullopt;
  if (draw_of(database, "order", image) < .5) return Readings{image, *second};
  return Readings{*second, image};
}

std::variant<Decision, Refusal> arbitrate(Database& database, const Decision& before,
                                          const Ask& ask, const Scene& scene) {
  if (before.status != "disputed" && before.status != "unsure")
    return refusal(409, "state", "[arbitrate] image {} is {}, expected disputed or unsure",
                   ask.image, before.status);
  const auto take = ask.after.find("take");
  if (take == ask.after.end())
    return decide(before, {.name = "verdict", .after = ask.after}, scene);
  const auto readings = readings_of(database, ask.image);
  if (!readings || (*take != "A" && *take != "B"))
    return refusal(400, "bad", "[arbitrate] take, expected A or B of an image with two readings");
  Decision taken = load_decision(database, *take == "A" ? readings->a : readings->b);
  // Proposals that the chosen reading does not know were not seen by it.
  for (const Proposal& proposal : scene.proposals)
    taken.items.emplace(item_id(proposal.id),
                        Item{proposal.kind, proposal.class_id, proposal.geometry, "rejected"});
  taken.status = "done";
  return taken;
}

}  // namespace paucal::review
