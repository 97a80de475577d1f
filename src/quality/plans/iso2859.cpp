#include "quality/plans/iso2859.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <iterator>

#include "base/error.h"

namespace paucal::quality {
namespace {

constexpr std::string_view kLetters = "ABCDEFGHJKLMNPQR";
constexpr std::array<int64_t, 16> kSamples = {2,  3,   5,   8,   13,  20,  32,   50,
                                              80, 125, 200, 315, 500, 800, 1250, 2000};
// The largest lot of each row; above the last one is one row more.
constexpr std::array<int64_t, 14> kLots = {8,   15,   25,   50,    90,    150,    280,
                                           500, 1200, 3200, 10000, 35000, 150000, 500000};
// Level I by row; level II is the row itself and level III the next letter.
constexpr std::string_view kLevelOne = "AABCCDEFGHJKLMN";

// Acceptance numbers by steps of the AQL above the one that accepts none. Steps 1 and 2 and those
// outside belong to the letters before and after ("arrows").
constexpr int kUp = -1, kDown = -2;
int accept_at(int step, Severity severity) {
  constexpr std::array<int, 11> kNormalNumbers = {0, kUp, kDown, 1, 2, 3, 5, 7, 10, 14, 21};
  constexpr std::array<int, 10> kTightenedNumbers = {0, kUp, kDown, 1, 2, 3, 5, 8, 12, 18};
  if (step < 0) return kDown;
  const auto i = static_cast<size_t>(step);
  if (severity == Severity::kNormal) return i < kNormalNumbers.size() ? kNormalNumbers[i] : kUp;
  return i < kTightenedNumbers.size() ? kTightenedNumbers[i] : kUp;
}

int letter_of(int64_t lot, InspectionLevel level) {
  const auto row = std::distance(kLots.begin(), std::ranges::lower_bound(kLots, lot));
  if (level == InspectionLevel::kI)
    return static_cast<int>(kLetters.find(kLevelOne[static_cast<size_t>(row)]));
  return static_cast<int>(row) + (level == InspectionLevel::kIII);
}

}  // namespace

const std::vector<double>& iso2859_aqls() {
  static const std::vector<double> aqls = {.010, .015, .025, .040, .065, .10, .15, .25,
                                           .40,  .65,  1.0,  1.5,  2.5,  4.0, 6.5, 10};
  return aqls;
}

Iso2859Plan iso2859_plan(int64_t lot, InspectionLevel level, double aql, Severity severity) {
  if (lot < 2) fail("iso 2859", "a lot of {}, expected at least 2", lot);
  const auto& aqls = iso2859_aqls();
  const auto found = std::ranges::find_if(aqls, [&](double a) { return std::abs(a - aql) < 1e-9; });
  if (found == aqls.end())
    fail("iso 2859", "AQL {} %, expected one of {}", aql, fmt::join(aqls, ", "));
  const int column = static_cast<int>(std::distance(aqls.begin(), found));
  const int none = severity == Severity::kNormal ? 14 : 15;

  const int last = static_cast<int>(kLetters.size()) - 1;
  int letter = letter_of(lot, level), direction = 0;
  for (;;) {
    const int accept = accept_at(column - (none - letter), severity);
    if (accept >= 0) {
      const auto x = static_cast<size_t>(letter);
      SinglePlan plan{std::min(kSamples[x], lot), accept};
      // A lot that is looked at whole.
      plan.accept = std::min(plan.accept, plan.n - 1);
      return {kLetters[x], plan};
    }
    // Follow the arrow; at the table's edge there is only the other way.
    if (direction == 0) direction = accept == kUp ? -1 : 1;
    if (letter + direction < 0 || letter + direction > last) direction = -direction;
    letter += direction;
  }
}

void SwitchingRules::add(bool accepted) {
  if (stopped_) fail("iso 2859", "a lot after inspection stopped, expected resume() first");
  if (severity_ == Severity::kNormal) {
    last_.push_back(accepted);
    if (last_.size() > 5) last_.erase(last_.begin());
    if (std::ranges::count(last_, false) < 2) return;
    severity_ = Severity::kTightened;
    accepted_in_row_ = rejected_ = 0;
    return;
  }
  accepted_in_row_ = accepted ? accepted_in_row_ + 1 : 0;
  rejected_ += !accepted;
  stopped_ = rejected_ >= 5;
  if (accepted_in_row_ < 5) return;
  severity_ = Severity::kNormal;
  last_.clear();
}

void SwitchingRules::resume() {
  stopped_ = false;
  severity_ = Severity::kTightened;
  accepted_in_row_ = rejected_ = 0;
}

}  // namespace paucal::quality
