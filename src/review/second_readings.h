#pragma once
// How often a person and a second reader say the same.

#include "base/json.h"
#include "review/database.h"

namespace paucal::review {

// Done images that the person and somebody else read, without seeing the other's answer. Agreed:
// verdict, class and objects (agreement.h). Which of the two was right, it does not tell.
struct SecondReadings {
  int64_t seen = 0, agreed = 0;

  // {"seen", "agreed", "low", "high"}: the share agreed has the interval of Clopper and Pearson of
  // 95 %; null where nothing was seen.
  Json to_json() const;
};
SecondReadings second_readings(Database& database, int64_t user);

}  // namespace paucal::review
