#pragma once
// How a person reads: pace, honeypots, second readings. Shown to that person and to admins.

#include "base/json.h"
#include "review/database.h"

namespace paucal::review {

struct ReaderFigures {
  int64_t decisions = 0;  // that closed an image
  double seconds_active = 0;
  // Images with a proposal that is known to be wrong; caught: it was not left as it was.
  int64_t honeypots = 0, honeypots_caught = 0;
  // Done images that this person and another one read, without seeing the other's answer; agreed:
  // verdict, class and objects (agreement.h). Which of the two was right, it does not tell.
  int64_t readings = 0, readings_agreed = 0;
};
ReaderFigures reader_figures(Database& database, int64_t user);

// With intervals of 95 % (quality/intervals.h: Clopper and Pearson) as "honeypots_interval" and
// "readings_interval", [low, high]; null where there is nothing to count.
Json to_json(const ReaderFigures& figures);

}  // namespace paucal::review
