#include "review/honeypots.h"

#include <algorithm>
#include <cmath>

#include "base/json_text.h"
#include "base/sha256.h"
#include "quality/intervals.h"
#include "review/people.h"

namespace paucal::review {
namespace {

constexpr int64_t kBlock = 16, kFirst = 64;  // ids
constexpr int kTries = 8;
constexpr int64_t kAhead = 32;  // ranks within which it is handed out
constexpr int64_t kDay = int64_t{86'400} * 1'000'000;

struct Bait {
  std::string kind;
  int64_t class_id = 0;
  std::string geometry = {};
  std::optional<double> score = {}, evidence = {};
  bool accepted_unseen = false;
};

std::optional<double> maybe_real(const Statement& row, int column) {
  return row.is_null(column) ? std::nullopt : std::optional(row.real(column));
}

// Whether an id below the highest is free where an import left one.
std::optional<int64_t> free_image_id(Database& database, int64_t image) {
  const std::string seed =
      database.text("SELECT value FROM meta WHERE key = 'seed'").value_or(std::string());
  const int64_t most =
      database.integer("SELECT max(id) FROM image WHERE shadow_of IS NULL").value_or(0);
  if (most <= kFirst) return std::nullopt;
  for (int attempt = 0; attempt < kTries; ++attempt) {
    const double draw = draw_of(database, fmt::format("place {}", attempt), image);
    int64_t id = kFirst + static_cast<int64_t>(draw * static_cast<double>(most - kFirst));
    id -= id % kBlock;
    const int64_t end = id + kBlock;
    while (id < end && !is_kept_free(seed, id)) ++id;
    if (id < end && id < most && !database.integer("SELECT 1 FROM image WHERE id = ?", id))
      return id;
  }
  return std::nullopt;
}

// The proposal's id that the import left free at the same place.
std::optional<int64_t> free_proposal_id(Database& database, int64_t image_id) {
  const auto run = database.integer(
      "SELECT min(run_id) FROM image_score WHERE image_id = (SELECT max(id) FROM image WHERE id < "
      "? AND shadow_of IS NULL)",
      image_id);
  if (!run) return std::nullopt;
  const auto before = database.integer(
      "SELECT id FROM proposal WHERE image_id < ? AND run_id = ? ORDER BY image_id DESC, id DESC "
      "LIMIT 1",
      image_id, *run);
  const auto first = database.integer("SELECT min(id) FROM proposal WHERE run_id = ?", *run);
  if (!before && !first) return std::nullopt;
  const int64_t id = before ? *before + 1 : *first - 1;
  if (id < 1 || database.integer("SELECT 1 FROM proposal WHERE id = ?", id)) return std::nullopt;
  return id;
}

int decimals_of(const std::string& number) {
  const size_t point = number.find('.');
  return point == number.npos ? 0 : static_cast<int>(number.size() - point - 1);
}

// [x, y, w, h] moved by its own size to where it stays on the image, with as many decimals as it
// had: 10.3 + 12.1 must not show as 22.400000000000002.
std::optional<Json> moved(const Json& box, int64_t width, int64_t height) {
  if (!box.is_array() || box.size() != 4) return std::nullopt;
  int decimals = 0;
  for (const Json& number : box) decimals = std::max(decimals, decimals_of(dump_json(number)));
  const double scale = std::pow(10., std::min(decimals, 9));
  const auto tidy = [&](double v) { return decimals > 9 ? v : std::round(v * scale) / scale; };
  const double x = box[0], y = box[1], w = box[2], h = box[3];
  const std::pair<double, double> places[] = {{x + w, y}, {x - w, y}, {x, y + h}, {x, y - h}};
  for (const auto& [left, top] : places)
    if (left >= 0 && top >= 0 && left + w <= static_cast<double>(width) &&
        top + h <= static_cast<double>(height)) {
      Json to = box;
      if (left != x) to[0] = tidy(left);
      if (top != y) to[1] = tidy(top);
      return to;
    }
  return std::nullopt;
}

// What some proposal of the store looks like.
std::optional<Bait> some_proposal(Database& database, int64_t image) {
  const auto most = database.integer("SELECT max(id) FROM proposal WHERE run_id > 0");
  if (!most) return std::nullopt;
  const auto from =
      static_cast<int64_t>(draw_of(database, "like", image) * static_cast<double>(*most));
  auto row = database.query(
      "SELECT class_id, geometry, score, evidence, accepted_unseen FROM proposal WHERE id >= ? AND "
      "run_id > 0 AND kind = 'box' ORDER BY id LIMIT 1",
      from);
  if (!row.step()) return std::nullopt;
  return Bait{"box on OK",        row.integer(0),     row.text(1),
              maybe_real(row, 2), maybe_real(row, 3), row.integer(4) != 0};
}

bool lies_on(const std::string& geometry, int64_t width, int64_t height) {
  const auto box = parse_json(geometry, "geometry");
  return box.ok() && box->is_array() && box->size() == 4 &&
         (*box)[0].get<double>() + (*box)[2].get<double>() <= static_cast<double>(width) &&
         (*box)[1].get<double>() + (*box)[3].get<double>() <= static_cast<double>(height);
}

// A wrong proposal for an image of this truth; nothing where none is convincing.
std::optional<Bait> bait_for(Database& database, int64_t image, const Decision& truth) {
  const auto like = some_proposal(database, image);
  if (!like) return std::nullopt;
  const int64_t width = database.integer("SELECT width FROM image WHERE id = ?", image).value_or(0),
                height =
                    database.integer("SELECT height FROM image WHERE id = ?", image).value_or(0);
  for (const auto& [id, item] : truth.items) {
    if (!item.stands() || item.kind != "box") continue;
    Bait bait = *like;
    if (id.starts_with('p'))
      if (auto row =
              database.query("SELECT score, evidence, accepted_unseen FROM proposal WHERE id = ?",
                             std::stoll(id.substr(1)));
          row.step()) {
        bait.score = maybe_real(row, 0);
        bait.evidence = maybe_real(row, 1);
        bait.accepted_unseen = row.integer(2) != 0;
      }
    for (const Class& other : load_classes(database))
      if (!other.is_ok && other.id != item.class_id && draw_of(database, "bait", image) < .5) {
        bait.kind = "wrong class";
        bait.class_id = other.id;
        bait.geometry = item.geometry;
        return bait;
      }
    const auto geometry = parse_json(item.geometry, "geometry");
    if (!geometry.ok()) continue;
    if (const auto elsewhere = moved(*geometry, width, height)) {
      bait.kind = "moved box";
      bait.class_id = item.class_id;
      bait.geometry = dump_json(*elsewhere);
      return bait;
    }
  }
  if (truth.verdict != "OK" || !lies_on(like->geometry, width, height)) return std::nullopt;
  return like;
}

// What the verdict rests on beside the one person who gave it.
bool is_known(Database& database, int64_t image, const Decision& truth) {
  const auto label = database.integer(
      "SELECT is_ok FROM image JOIN class ON class.id = image.class_id WHERE image.id = ?", image);
  if (label && (*label != 0) == (truth.verdict == "OK")) return true;
  if (database.integer(
          "SELECT 1 FROM image JOIN image_state ON image_id = id WHERE shadow_of = ? AND "
          "shadow_kind IN ('blind', 'audit') AND status = 'done' AND verdict = ?",
          image, truth.verdict))
    return true;
  return database
      .integer(
          "SELECT 1 FROM image_state JOIN user ON user.id = user_id WHERE image_id = ? AND role IN "
          "('arbiter', 'admin')",
          image)
      .has_value();
}

bool somebody_could_read(Database& database, int64_t image) {
  return database
      .integer(
          "SELECT 1 FROM user WHERE role = 'reviewer' AND disabled = 0 AND NOT EXISTS (SELECT 1 "
          "FROM event_image WHERE image_id = ? AND user_id = user.id) LIMIT 1",
          image)
      .has_value();
}

// A path beside the true one that nobody has: other digits, or one more.
std::string other_path(Database& database, int64_t image) {
  const std::string path = *database.text("SELECT path FROM image WHERE id = ?", image);
  const size_t name = path.rfind('/') == path.npos ? 0 : path.rfind('/') + 1;
  const size_t dot = std::min(path.find('.', name), path.size());
  for (int attempt = 0;; ++attempt) {
    std::string other = path;
    bool changed = false;
    size_t digit = 0;
    for (size_t i = name; i < dot; ++i) {
      if (other[i] < '0' || other[i] > '9') continue;
      // The first one stays: numbers keep their length and roughly their size.
      if (digit++ == 0 && attempt < kTries) continue;
      other[i] = static_cast<char>(
          '0' + static_cast<int>(10 * draw_of(database, fmt::format("{} {}", attempt, i), image)));
      changed = true;
    }
    if (!changed || attempt > 4 * kTries) other.insert(dot, std::to_string(2 + attempt));
    if (!database.integer("SELECT 1 FROM image WHERE shadow_of IS NULL AND path = ? AND root_id = "
                          "(SELECT root_id FROM image WHERE id = ?)",
                          other, image) &&
        !database.integer("SELECT 1 FROM image WHERE shadow_of IS NOT NULL AND extra = ?", other))
      return other;
  }
}

std::optional<int64_t> add_honeypot(Database& database, const Moment& moment, int64_t image,
                                    int64_t queue, int64_t rank, int64_t id) {
  const Decision truth = load_decision(database, image);
  auto bait = bait_for(database, image, truth);
  const auto proposal = id > 0 ? free_proposal_id(database, id) : std::nullopt;
  if (id > 0 && !proposal) bait.reset();
  const std::string path = other_path(database, image);
  const int64_t shadow = add_shadow(database, moment, image, "honeypot", id);
  database.run(
      "UPDATE image SET (class_id, split, part) = (SELECT class_id, split, part FROM image WHERE "
      "id = ?1), extra = ?2 WHERE id = ?3",
      image, path, shadow);
  if (bait) {
    database.run("INSERT OR IGNORE INTO run(id, name, folder, kind, at) VALUES(0,'','','bait',?)",
                 moment.now);
    database.run(
        "INSERT INTO proposal(id, image_id, run_id, class_id, kind, geometry, score, evidence, "
        "accepted_unseen) VALUES(?,?,0,?,'box',?,?,?,?)",
        proposal, shadow, bait->class_id, bait->geometry, bait->score, bait->evidence,
        bait->accepted_unseen);
  }
  database.run("INSERT INTO honeypot(image_id, kind, truth) VALUES(?,?,?)", shadow,
               bait ? bait->kind : "image", truth.verdict.value_or(""));
  put_into_queue(database, queue, shadow, rank);
  record_plant(database, moment, shadow, image, "honeypot");
  return shadow;
}

bool agrees(Database& database, int64_t image, const Decision& decision, std::string_view truth) {
  if (decision.verdict != truth) return false;
  for (const Proposal& proposal : load_proposals(database, image))
    if (const auto found = decision.items.find(item_id(proposal.id));
        found != decision.items.end() && found->second.stands() &&
        found->second.geometry == proposal.geometry && found->second.class_id == proposal.class_id)
      return false;
  return true;
}

}  // namespace

bool is_kept_free(std::string_view seed, int64_t id) {
  if (id < kFirst) return false;
  const auto digest = Sha256().add(fmt::format("{} free {}", seed, id / kBlock)).digest();
  return digest[0] % kBlock == id % kBlock;
}

void plant_honeypot_by_chance(Database& database, const Moment& moment, int64_t image) {
  if (moment.honeypot_share <= 0 || shadow_of(database, image) ||
      draw_of(database, "honeypot", image) >= moment.honeypot_share ||
      database.integer("SELECT 1 FROM image WHERE shadow_of = ? AND shadow_kind = 'honeypot'",
                       image))
    return;
  const Decision truth = load_decision(database, image);
  if (truth.status != "done" || !truth.verdict || !is_known(database, image, truth) ||
      !somebody_could_read(database, image))
    return;
  auto place =
      database.query("SELECT queue_id, rank FROM queue_item WHERE image_id = ? LIMIT 1", image);
  if (!place.step()) return;
  const auto id = free_image_id(database, image);
  if (!id) return;
  const auto ahead = static_cast<int64_t>(draw_of(database, "ahead", image) * kAhead);
  add_honeypot(database, moment, image, place.integer(0), place.integer(1) + ahead, *id);
}

std::optional<int64_t> plant_honeypot(Database& database, const Moment& moment, int64_t image,
                                      int64_t queue, int64_t rank) {
  const Decision truth = load_decision(database, image);
  if (truth.status != "done" || !truth.verdict || shadow_of(database, image)) return std::nullopt;
  return add_honeypot(database, moment, image, queue, rank,
                      free_image_id(database, image).value_or(0));
}

quality::Interval HoneypotFigures::interval() const {
  return quality::clopper_pearson(agreed, seen);
}

Json HoneypotFigures::to_json() const {
  const quality::Interval bounds = interval();
  return {{"seen", seen},        {"agreed", agreed},           {"low", bounds.low},
          {"high", bounds.high}, {"ng", verdicts.ng},          {"ng_found", verdicts.ng_found},
          {"ok", verdicts.ok},   {"ok_kept", verdicts.ok_kept}};
}

HoneypotFigures honeypot_figures(Database& database, int64_t user, int64_t until) {
  HoneypotFigures figures;
  for (auto rows = database.query(
           "SELECT honeypot.image_id, truth FROM honeypot JOIN image_state USING(image_id) WHERE "
           "(?1 = 0 OR image_state.user_id = ?1) AND status = 'done' AND at < ?2",
           user, until);
       rows.step();) {
    const Decision decision = load_decision(database, rows.integer(0));
    const std::string truth = rows.text(1);
    ++figures.seen;
    figures.agreed += agrees(database, rows.integer(0), decision, truth);
    const bool right = decision.verdict == truth;
    (truth == "NG" ? figures.verdicts.ng : figures.verdicts.ok) += 1;
    (truth == "NG" ? figures.verdicts.ng_found : figures.verdicts.ok_kept) += right;
  }
  return figures;
}

int64_t honeypots_told_until(const Moment& moment) {
  return moment.now - moment.now % kDay;
}

std::string alias_path(Database& database, int64_t image) {
  return database.text("SELECT extra FROM image WHERE id = ?", image).value_or(std::string());
}

}  // namespace paucal::review
