#include "review/reader_figures.h"

#include "quality/intervals.h"
#include "review/record.h"

namespace paucal::review {
namespace {

// The wrong proposal does not stand as it was: it was rejected, moved, or got another class.
bool is_caught(Database& database, int64_t honeypot) {
  const Decision decision = load_decision(database, honeypot);
  for (const Proposal& proposal : load_proposals(database, honeypot))
    if (const auto found = decision.items.find(item_id(proposal.id));
        found != decision.items.end() && found->second.stands() &&
        found->second.geometry == proposal.geometry && found->second.class_id == proposal.class_id)
      return false;
  return true;
}

void count_honeypots(Database& database, int64_t user, ReaderFigures& figures) {
  for (auto rows = database.query(
           "SELECT honeypot.image_id FROM honeypot JOIN image_state USING(image_id) WHERE "
           "image_state.user_id = ? AND status <> 'open'",
           user);
       rows.step();) {
    ++figures.honeypots;
    figures.honeypots_caught += is_caught(database, rows.integer(0));
  }
}

// Two readings differed where the image is disputed, or was until an arbiter decided.
void count_second_readings(Database& database, int64_t user, ReaderFigures& figures) {
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
  figures.readings = row.integer(0);
  figures.readings_agreed = row.integer(1);
}

Json interval_json(int64_t successes, int64_t trials) {
  if (trials == 0) return nullptr;
  const quality::Interval interval = quality::clopper_pearson(successes, trials);
  return {interval.low, interval.high};
}

}  // namespace

ReaderFigures reader_figures(Database& database, int64_t user) {
  ReaderFigures figures;
  auto row = database.query(
      "SELECT count(*), sum(ms_active) FROM event WHERE user_id = ? AND action IN ('done', "
      "'verdict', 'unsure', 'arbitrate')",
      user);
  row.step();
  figures.decisions = row.integer(0);
  figures.seconds_active = static_cast<double>(row.integer(1)) / 1000;
  count_honeypots(database, user, figures);
  count_second_readings(database, user, figures);
  return figures;
}

Json to_json(const ReaderFigures& figures) {
  return {{"decisions", figures.decisions},
          {"seconds_active", figures.seconds_active},
          {"honeypots", figures.honeypots},
          {"honeypots_caught", figures.honeypots_caught},
          {"honeypots_interval", interval_json(figures.honeypots_caught, figures.honeypots)},
          {"readings", figures.readings},
          {"readings_agreed", figures.readings_agreed},
          {"readings_interval", interval_json(figures.readings_agreed, figures.readings)}};
}

}  // namespace paucal::review
