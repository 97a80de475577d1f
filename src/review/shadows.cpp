#include "review/shadows.h"

#include "base/json_text.h"
#include "base/sha256.h"

namespace paucal::review {

std::optional<Shadow> shadow_of(Database& database, int64_t image) {
  auto row = database.query("SELECT shadow_of, shadow_kind FROM image WHERE id = ?", image);
  if (!row.step() || row.is_null(0)) return std::nullopt;
  return Shadow{row.integer(0), row.text(1)};
}

int64_t add_shadow(Database& database, const Moment& moment, int64_t image, std::string_view kind,
                   int64_t id) {
  database.run(
      "INSERT INTO image(id, root_id, path, shadow_of, shadow_kind, width, height, added_at) "
      "SELECT ?, root_id, path, id, ?, width, height, ? FROM image WHERE id = ?",
      id > 0 ? std::optional(id) : std::nullopt, kind, moment.now, image);
  return database.last_id();
}

void put_into_queue(Database& database, int64_t queue, int64_t image, int64_t rank) {
  database.run("INSERT INTO queue_item(queue_id, image_id, rank) VALUES(?,?,?)", queue, image,
               rank);
  database.run("UPDATE queue SET total = total + 1, remaining = remaining + 1 WHERE id = ?", queue);
}

Event store_event(Database& database, const Moment& moment, std::string action) {
  Event event;
  event.at = moment.now;
  event.session_id = "store";
  event.client_seq =
      database.integer("SELECT max(id) FROM event").value_or(0) + 1;  // unique: it grows
  event.action = std::move(action);
  return event;
}

void record_plant(Database& database, const Moment& moment, int64_t shadow, int64_t image,
                  std::string_view kind) {
  Event event = store_event(database, moment, "plant");
  event.after = dump_json({{"shadow", shadow}, {"of", image}, {"kind", kind}});
  record(database, event);
}

double draw_of(Database& database, std::string_view purpose, int64_t number) {
  const std::string seed =
      database.text("SELECT value FROM meta WHERE key = 'seed'").value_or(std::string());
  const auto digest = Sha256().add(fmt::format("{} {} {}", seed, purpose, number)).digest();
  uint64_t bits = 0;
  for (size_t i = 0; i < 6; ++i) bits = bits << 8 | digest[i];
  return static_cast<double>(bits) / static_cast<double>(uint64_t{1} << 48);
}

}  // namespace paucal::review
