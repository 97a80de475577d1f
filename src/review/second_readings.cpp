#include "review/second_readings.h"

#include "quality/intervals.h"

namespace paucal::review {

Json SecondReadings::to_json() const {
  Json json = {{"seen", seen}, {"agreed", agreed}, {"low", nullptr}, {"high", nullptr}};
  if (seen == 0) return json;
  const quality::Interval interval = quality::clopper_pearson(agreed, seen);
  json["low"] = interval.low;
  json["high"] = interval.high;
  return json;
}

// Two readings differed where the image is disputed, or was until an arbiter decided.
SecondReadings second_readings(Database& database, int64_t user) {
  auto row = database.query(
      "SELECT count(*), sum(first.status <> 'disputed' AND NOT EXISTS (SELECT 1 FROM event_image "
      "JOIN event ON event.id = event_id WHERE event_image.image_id = first.image_id AND action = "
      "'arbitrate')) FROM image AS shadow JOIN image_state AS second ON second.image_id = "
      "shadow.id "
      "JOIN image_state AS first ON first.image_id = shadow.shadow_of WHERE shadow.shadow_of IS "
      "NOT "
      "NULL AND shadow_kind = 'blind' AND second.status = 'done' AND first.status IN ('done', "
      "'disputed') AND (second.user_id = ?1 OR EXISTS (SELECT 1 FROM event_image JOIN event ON "
      "event.id = event_id WHERE event_image.image_id = first.image_id AND event.user_id = ?1 AND "
      "action IN ('done', 'verdict')))",
      user);
  row.step();
  return {row.integer(0), row.integer(1)};
}

}  // namespace paucal::review
