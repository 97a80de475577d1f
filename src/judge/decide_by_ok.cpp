#include "judge/decide_by_ok.h"

#include <cmath>

#include "base/error.h"
#include "metrics/share.h"
#include "quality/conformal.h"

namespace paucal::judge {
namespace {

constexpr double kTypicalOk = .01;  // probability of NG of the median OK image

std::string percent(double share) {
  return fmt::format("{:.2g} %", 100 * share);
}

}  // namespace

void decide_by_ok(edge::ModelCard& card, const HeldOut& held, double alpha) {
  std::vector<double> scores;
  for (size_t i = 0; i < held.raw.size(); ++i)
    if (!held.is_ng(i)) scores.push_back(held.raw[i].scores[0]);
  const quality::ConformalThreshold chosen = quality::conformal_threshold(scores, alpha);
  std::ranges::sort(scores);
  const double middle = metrics::quantile(scores, .5);
  const double reach = std::max(chosen.threshold - middle, 1e-6 * (1 + std::abs(middle)));
  edge::Calibration& c = card.calibration;
  c.ng.a = std::log((1 - kTypicalOk) / kTypicalOk) / reach;
  c.ng.b = -c.ng.a * (middle + reach);
  c.threshold = .5;
  c.threshold_rule = fmt::format("false alarms at most {} on {} held-out OK images",
                                 percent(chosen.false_alarms), chosen.held_out);
  c.promise = edge::Promise{chosen.held_out, alpha, chosen.false_alarms, chosen.false_alarms_95};
}

std::string promise_sentence(const edge::Promise& promise) {
  std::string text = fmt::format("With {} OK images false alarms can be held to {}",
                                 promise.ok_images, percent(promise.false_alarms));
  if (promise.false_alarms > promise.asked * (1 + 1e-9))
    text += fmt::format(", not to {}: that takes {}", percent(promise.asked),
                        quality::images_to_promise(promise.asked));
  return text +
         fmt::format(". In 95 of 100 cases they stay below {}.", percent(promise.false_alarms_95));
}

}  // namespace paucal::judge
