#include "metrics/operating_point.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <utility>
#include <vector>

#include "base/error.h"
#include "metrics/metrics.h"
#include "metrics/share.h"

namespace paucal::metrics {
namespace {

constexpr std::string_view kOperatingPointPlace = "operating point";

// Just above: also after the threshold was stored as a 32-bit number.
double above(double score) {
  return std::nextafter(static_cast<float>(score), std::numeric_limits<float>::infinity());
}

// Every threshold that differs from the others in what it calls NG, from all OK to all NG.
std::vector<OperatingPoint> candidates(std::span<const double> scores,
                                       std::span<const uint8_t> is_ng) {
  if (scores.empty()) fail(kOperatingPointPlace, "no images to choose a threshold on");
  for (const double score : scores)
    if (!std::isfinite(score))
      fail(kOperatingPointPlace, "score {}, expected a finite number", score);
  const std::vector<CurvePoint> curve = threshold_curve(scores, is_ng);
  std::vector<OperatingPoint> points;
  for (size_t k = 0; k < curve.size(); ++k) {
    const double score = curve[k].threshold;
    double threshold = score;
    if (k == 0) {
      threshold = above(curve[1].threshold);
    } else if (k + 1 < curve.size()) {
      const double next = curve[k + 1].threshold;
      threshold = next + (score - next) / 2;
      if (!(threshold > next)) threshold = score;  // neighbouring numbers: there is no middle
    }
    points.push_back({.threshold = threshold,
                      .ok = curve.back().false_positives,
                      .overkills = curve[k].false_positives,
                      .ng = curve.back().true_positives,
                      .escapes = curve.back().true_positives - curve[k].true_positives});
  }
  return points;
}

// What the user should know about a threshold chosen for this limit; see ChosenThreshold.
std::string warning_about(const Limit& limit, const OperatingPoint& point) {
  const bool escape = limit.of == Limit::Of::kEscape;
  const std::string_view rate = escape ? "escape" : "overkill";
  const std::string_view limited = escape ? "NG" : "OK";
  const int64_t count = escape ? point.ng : point.ok;
  const int64_t others = escape ? point.ok : point.ng;
  const int64_t other_errors = escape ? point.overkills : point.escapes;
  if (count == 0)
    return fmt::format("no {} image is held out, so the {} at this threshold is unknown", limited,
                       rate);
  if (others == 0)
    return fmt::format("only {} images are held out, so what {} ≤ {} costs is unknown", limited,
                       rate, limit.share);
  if (other_errors == others)
    return fmt::format("{} ≤ {} is only reached by calling every image {}", rate, limit.share,
                       limited);
  if (limit.share > 0 && static_cast<double>(count) * limit.share < 1)
    return fmt::format("{} {} images held out are too few to tell {} ≤ {}: expected {} or more",
                       count, limited, rate, limit.share,
                       static_cast<int64_t>(std::ceil(1 / limit.share)));
  return {};
}

}  // namespace

double OperatingPoint::overkill() const {
  return share(overkills, ok);
}
double OperatingPoint::escape() const {
  return share(escapes, ng);
}
double OperatingPoint::accuracy() const {
  return share(ok + ng - overkills - escapes, ok + ng);
}

OperatingPoint operating_point(std::span<const double> scores, std::span<const uint8_t> is_ng,
                               double threshold) {
  if (scores.size() != is_ng.size())
    fail(kOperatingPointPlace, "{} scores and {} labels, expected as many", scores.size(),
         is_ng.size());
  OperatingPoint point{.threshold = threshold};
  for (size_t i = 0; i < scores.size(); ++i) {
    if (std::isnan(scores[i])) fail(kOperatingPointPlace, "score {} is NaN", i);
    const bool called_ng = scores[i] >= threshold;
    ++(is_ng[i] ? point.ng : point.ok);
    if (is_ng[i] && !called_ng) ++point.escapes;
    if (!is_ng[i] && called_ng) ++point.overkills;
  }
  return point;
}

ChosenThreshold choose_threshold(std::span<const double> scores, std::span<const uint8_t> is_ng,
                                 const Limit& limit) {
  if (!(limit.share >= 0 && limit.share <= 1))
    fail(kOperatingPointPlace, "limit {}, expected 0 to 1", limit.share);
  const bool escape = limit.of == Limit::Of::kEscape;
  const auto limited = [&](const OperatingPoint& p) { return escape ? p.escapes : p.overkills; };
  const auto other = [&](const OperatingPoint& p) { return escape ? p.overkills : p.escapes; };
  const auto keeps = [&](const OperatingPoint& p) {
    const int64_t count = escape ? p.ng : p.ok;
    return count == 0 || share(limited(p), count) <= limit.share;
  };
  // There always is one: all NG lets nothing escape, all OK overkills nothing.
  const OperatingPoint* best = nullptr;
  const std::vector<OperatingPoint> points = candidates(scores, is_ng);
  for (const OperatingPoint& point : points)
    if (keeps(point) && (!best || std::pair(other(point), limited(point)) <
                                      std::pair(other(*best), limited(*best))))
      best = &point;
  return {*best, warning_about(limit, *best)};
}

OperatingPoint best_accuracy_threshold(std::span<const double> scores,
                                       std::span<const uint8_t> is_ng) {
  return std::ranges::min(candidates(scores, is_ng), {}, [](const OperatingPoint& p) {
    return std::pair(p.overkills + p.escapes, p.escapes);
  });
}

}  // namespace paucal::metrics
