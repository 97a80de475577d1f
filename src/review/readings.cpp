#include "review/readings.h"

#include <algorithm>
#include <cmath>

#include "base/json_text.h"
#include "base/sha256.h"
#include "review/agreement.h"

namespace paucal::review {
namespace {

// 0 … 1, keyed by the store's seed.
double draw_of(Database& database, std::string_view purpose, int64_t image) {
  const std::string seed =
      database.text("SELECT value FROM meta WHERE key = 'seed'").value_or(std::string());
  const auto digest = Sha256().add(fmt::format("{} {} {}", seed, purpose, image)).digest();
  uint64_t bits = 0;
  for (size_t i = 0; i < 6; ++i) bits = bits << 8 | digest[i];
  return static_cast<double>(bits) / static_cast<double>(uint64_t{1} << 48);
}

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

int64_t add_shadow(Database& database, const Moment& moment, int64_t image, const char* kind,
                   bool with_label) {
  database.run(
      fmt::format("INSERT INTO image(root_id, path, shadow_of, shadow_kind, width, height, "
                  "class_id, added_at) SELECT root_id, path, id, ?, width, height, {}, ? FROM "
                  "image WHERE id = ?",
                  with_label ? "class_id" : "NULL"),
      kind, moment.now, image);
  return database.last_id();
}

void put_into_queue(Database& database, int64_t queue, int64_t image, int64_t rank) {
  database.run("INSERT INTO queue_item(queue_id, image_id, rank) VALUES(?,?,?)", queue, image,
               rank);
  database.run("UPDATE queue SET total = total + 1, remaining = remaining + 1 WHERE id = ?", queue);
}

void record_plant(Database& database, const Moment& moment, int64_t shadow, int64_t image,
                  std::string_view kind) {
  Event event;
  event.at = moment.now;
  event.session_id = "store";
  event.client_seq =
      database.integer("SELECT max(id) FROM event").value_or(0) + 1;  // unique: it grows
  event.action = "plant";
  event.after = dump_json({{"shadow", shadow}, {"of", image}, {"kind", kind}});
  record(database, event);
}

// [x, y, w, h] moved by its own size to where it stays on the image; nothing where it fits nowhere.
std::optional<Json> moved(const Json& box, int64_t width, int64_t height) {
  if (!box.is_array() || box.size() != 4) return std::nullopt;
  const double x = box[0], y = box[1], w = box[2], h = box[3];
  const std::pair<double, double> places[] = {{x + w, y}, {x - w, y}, {x, y + h}, {x, y - h}};
  for (const auto& [left, top] : places)
    if (left >= 0 && top >= 0 && left + w <= static_cast<double>(width) &&
        top + h <= static_cast<double>(height))
      return Json{left, top, w, h};
  return std::nullopt;
}

struct Bait {
  std::string kind;
  int64_t class_id;
  Json geometry;
};

std::optional<Bait> bait_for(Database& database, int64_t image, const Decision& truth) {
  const std::vector<Class> classes = load_classes(database);
  const int64_t width = database.integer("SELECT width FROM image WHERE id = ?", image).value_or(0),
                height =
                    database.integer("SELECT height FROM image WHERE id = ?", image).value_or(0);
  for (const auto& [id, item] : truth.items) {
    if (!item.stands() || item.kind != "box") continue;
    const auto geometry = parse_json(item.geometry, "geometry");
    if (!geometry.ok()) continue;
    for (const Class& other : classes)
      if (!other.is_ok && other.id != item.class_id && draw_of(database, "bait", image) < .5)
        return Bait{"wrong class", other.id, *geometry};
    if (const auto elsewhere = moved(*geometry, width, height))
      return Bait{"moved box", item.class_id, *elsewhere};
  }
  const auto defect = std::ranges::find(classes, false, &Class::is_ok);
  if (truth.verdict != "OK" || defect == classes.end() || width < 8 || height < 8)
    return std::nullopt;
  const double x = draw_of(database, "x", image), y = draw_of(database, "y", image);
  const auto w = static_cast<double>(width), h = static_cast<double>(height);
  return Bait{
      "box on OK", defect->id,
      Json{std::floor(x * .75 * w), std::floor(y * .75 * h), std::ceil(w / 8), std::ceil(h / 8)}};
}

}  // namespace

std::optional<Shadow> shadow_of(Database& database, int64_t image) {
  auto row = database.query("SELECT shadow_of, shadow_kind FROM image WHERE id = ?", image);
  if (!row.step() || row.is_null(0)) return std::nullopt;
  return Shadow{row.integer(0), row.text(1)};
}

void compare_readings(Database& database, int64_t image, Changes& changes) {
  const auto shadow = shadow_of(database, image);
  if (shadow && shadow->kind != "blind") return;
  const auto blind = shadow ? std::optional(image) : blind_shadow(database, image);
  if (!blind) return;
  const int64_t first = shadow ? shadow->of : image;
  Decision loaded_first, loaded_blind;
  const Decision& a = after_of(database, changes, first, loaded_first);
  const Decision& b = after_of(database, changes, *blind, loaded_blind);
  if (a.status != "done" || b.status != "done" || agree(a, b)) return;
  if (!changes.contains(first)) changes[first] = {a, a};
  changes[first].after.status = "disputed";
}

void plant_blind(Database& database, const Moment& moment, int64_t image) {
  if (moment.blind_share <= 0 || shadow_of(database, image) || blind_shadow(database, image) ||
      draw_of(database, "blind", image) >= moment.blind_share || reviewer_count(database) < 2)
    return;
  auto place =
      database.query("SELECT queue_id, rank FROM queue_item WHERE image_id = ? LIMIT 1", image);
  if (!place.step()) return;
  const int64_t shadow = add_shadow(database, moment, image, "blind", /*with_label=*/false);
  put_into_queue(database, place.integer(0), shadow, place.integer(1));
  record_plant(database, moment, shadow, image, "blind");
}

std::optional<int64_t> plant_honeypot(Database& database, const Moment& moment, int64_t image,
                                      int64_t queue, int64_t rank) {
  const Decision truth = load_decision(database, image);
  if (truth.status != "done" || shadow_of(database, image)) return std::nullopt;
  const auto bait = bait_for(database, image, truth);
  if (!bait) return std::nullopt;
  const int64_t shadow = add_shadow(database, moment, image, "honeypot", /*with_label=*/true);
  database.run("INSERT OR IGNORE INTO run(id, name, folder, kind, at) VALUES(0,'','','bait',?)",
               moment.now);
  database.run(
      "INSERT INTO proposal(image_id, run_id, class_id, kind, geometry, score, evidence, "
      "accepted_unseen) VALUES(?,0,?,'box',?,NULL,NULL,0)",
      shadow, bait->class_id, dump_json(bait->geometry));
  database.run("INSERT INTO honeypot(image_id, kind, truth) VALUES(?,?,?)", shadow, bait->kind,
               truth.verdict.value_or(""));
  put_into_queue(database, queue, shadow, rank);
  record_plant(database, moment, shadow, image, "honeypot");
  return shadow;
}

std::optional<Readings> readings_of(Database& database, int64_t image) {
  const auto blind = blind_shadow(database, image);
  if (!blind) return std::nullopt;
  if (draw_of(database, "order", image) < .5) return Readings{image, *blind};
  return Readings{*blind, image};
}

HoneypotFigures honeypot_figures(Database& database, int64_t user) {
  HoneypotFigures figures;
  for (auto rows = database.query(
           "SELECT honeypot.image_id FROM honeypot JOIN image_state USING(image_id) WHERE "
           "image_state.user_id = ? AND status <> 'open'",
           user);
       rows.step();) {
    const Decision decision = load_decision(database, rows.integer(0));
    ++figures.seen;
    // The wrong proposal does not stand as it was: it was rejected, moved, or got another class.
    const auto bait = load_proposals(database, rows.integer(0));
    bool caught = true;
    for (const Proposal& proposal : bait)
      if (const auto found = decision.items.find(item_id(proposal.id));
          found != decision.items.end() && found->second.stands() &&
          found->second.geometry == proposal.geometry &&
          found->second.class_id == proposal.class_id)
        caught = false;
    figures.caught += caught;
  }
  return figures;
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
