#include "train/schedule.h"

#include <algorithm>
#include <cmath>
#include <numbers>

#include "base/error.h"

namespace paucal::train {

double lr_at(int64_t step, int64_t total, const ScheduleOptions& options) {
  constexpr std::string_view kPlace = "schedule";
  if (step < 0 || total < 1)
    fail(kPlace, "step {} of {}: expected 0 or more of 1 or more", step, total);
  const auto share = static_cast<int64_t>(options.warmup_fraction * static_cast<double>(total));
  const int64_t warmup = std::min(total, std::max(options.warmup_steps, share));
  if (step < warmup) return static_cast<double>(step + 1) / static_cast<double>(warmup);
  if (options.name == "constant") return 1;

  const double t =
      step >= total ? 1 : static_cast<double>(step - warmup) / static_cast<double>(total - warmup);
  if (options.name == "cosine") return 0.5 * (1 + std::cos(std::numbers::pi * t));
  if (options.name == "cosine_7_16") return std::cos(7 * std::numbers::pi * t / 16);
  if (options.name == "linear") return 1 - t;
  fail_unknown(kPlace, "schedule", options.name, {"cosine", "cosine_7_16", "linear", "constant"});
}

}  // namespace paucal::train
