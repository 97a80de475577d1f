#pragma once
// Prevalence, escape and overkill of the running line, from the images that measure alone.

#include <optional>
#include <string>

#include "loop/tables.h"
#include "quality/audit/line_rates.h"

namespace paucal::loop {

struct LineFigures {
  std::string model_sha256;
  int64_t parts = 0;
  int64_t not_covered = 0;           // could not be drawn (π = 0): of them nothing is said
  int64_t seen_ok = 0, seen_ng = 0;  // judged, of those said OK and said NG
  int64_t looks_for_10 = 0;       // judged OK ones that "escape ≤ 10 %" would take; 0: not known
  quality::LineRates rates = {};  // bounds hold at every look
};
Json to_json(const LineFigures& figures);

// Of the model that judged last, all stations together; nothing where there is none.
// Not promised: truth beyond what the readers saw; images that the spool lost.
std::optional<LineFigures> line_figures(review::Database& database);

}  // namespace paucal::loop
