#include "pipeline/deploy/verify.h"

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "base/host/progress.h"
#include "edge/post/coarse.h"
#include "edge/pre/decode.h"
#include "judge/choose_coarse.h"
#include "judge/inference.h"

namespace paucal::pipeline {
namespace {

double largest(double a, double b) {
  return std::isnan(b) ? b : std::max(a, b);
}

double map_difference(const judge::RawPrediction& a, const judge::RawPrediction& b) {
  double worst = 0;
  for (size_t k = 0; k < a.maps.size(); ++k)
    for (size_t i = 0; i < a.maps[k].values.size(); ++i)
      worst = largest(worst, std::abs(a.maps[k].values[i] - b.maps[k].values[i]));
  return worst;
}

double side_difference(const edge::Box& a, const edge::Box& b) {
  return std::max(
      {std::abs(a.x0 - b.x0), std::abs(a.y0 - b.y0), std::abs(a.x1 - b.x1), std::abs(a.y1 - b.y1)});
}

// The farthest that a box of `a` lies from its nearest of `b`: the order of equal scores is free.
double box_difference(const judge::Prediction& a, const judge::Prediction& b) {
  double worst = 0;
  for (const auto& one : a.boxes) {
    double nearest = INFINITY;
    for (const auto& other : b.boxes)
      nearest = std::min(nearest, side_difference(one.box, other.box));
    worst = std::max(worst, nearest);
  }
  return worst;
}

void add_coarse(CoarseCheck& sum, edge::Predictor& exported, const edge::Image& image) {
  const edge::ModelCard& card = exported.card();
  const edge::Fitted fitted = edge::fit_image(image, card.input);
  if (!edge::looks_coarsely(card, fitted.image)) return;
  const judge::RawPrediction raw = value_or_throw(exported.predict_raw(fitted));
  exported.look_coarsely(false);
  const judge::Prediction full =
      edge::interpret(card, value_or_throw(exported.predict_raw(fitted)));
  exported.look_coarsely(true);
  const judge::Prediction quick = edge::interpret(card, raw);
  ++sum.images;
  sum.ng_images += full.ng;
  sum.missed += full.ng && !quick.ng;
  sum.other_boxes += full.ng && quick.ng && full.boxes.size() != quick.boxes.size();
  sum.probability = largest(sum.probability, std::abs(full.probability - quick.probability));
  (full.ng ? sum.seen_ng : sum.seen_ok) += raw.seen;
}

}  // namespace

Difference compare(const judge::TrainedModel& eager, edge::Predictor& exported,
                   const edge::Image& image, const VerifyOptions& options) {
  const edge::Fitted fitted = value_or_throw(edge::checked_fit(image, eager.input));
  judge::TrainedModel thorough = eager;
  thorough.coarse.reset();
  const judge::RawPrediction raw = judge::Inference(thorough).fitted(fitted);
  const bool coarse = exported.card().input.coarse != edge::Coarse::kOff;
  exported.look_coarsely(false);
  const judge::RawPrediction edge_raw = value_or_throw(exported.predict_raw(fitted));
  exported.look_coarsely(coarse);
  const judge::Prediction a = edge::interpret(eager, raw);
  const judge::Prediction b = edge::interpret(exported.card(), edge_raw);

  Difference d;
  if (raw.maps.size() != edge_raw.maps.size() ||
      raw.maps[0].values.size() != edge_raw.maps[0].values.size()) {
    d.wrong =
        fmt::format("{} maps of {} cells, expected {} of {}", edge_raw.maps.size(),
                    edge_raw.maps[0].values.size(), raw.maps.size(), raw.maps[0].values.size());
    return d;
  }
  for (size_t k = 0; k < raw.scores.size(); ++k)
    d.score = largest(d.score, std::abs(raw.scores[k] - edge_raw.scores[k]));
  d.map = map_difference(raw, edge_raw);
  d.box = std::max(box_difference(a, b), box_difference(b, a));
  if (a.ng != b.ng || a.label != b.label)
    d.wrong = fmt::format("another verdict: label {} at {:.6f}, expected {} at {:.6f}", b.label,
                          b.probability, a.label, a.probability);
  else if (!(d.score <= options.score_tolerance))
    d.wrong = fmt::format("scores differ by {:.2g}, expected at most {:.2g}", d.score,
                          options.score_tolerance);
  else if (a.boxes.size() != b.boxes.size())
    d.wrong = fmt::format("{} boxes, expected {}", b.boxes.size(), a.boxes.size());
  else if (!(d.box <= options.box_tolerance))
    d.wrong = fmt::format("boxes differ by {:.2f} px, expected at most {:.2f}", d.box,
                          options.box_tolerance);
  return d;
}

Verification verify(const judge::TrainedModel& eager, edge::Predictor& exported,
                    const std::vector<std::string>& files, const VerifyOptions& options) {
  Verification result;
  if (exported.card().coarse) result.coarse.most_missed = judge::missed_95(*exported.card().coarse);
  Progress progress("verify", static_cast<int64_t>(files.size()));
  for (const auto& file : files) {
    const auto image = edge::read_image(file, eager.decoding());
    if (!image.ok()) {
      ++result.unreadable;
    } else {
      Difference d = compare(eager, exported, *image, options);
      add_coarse(result.coarse, exported, *image);
      d.path = file;
      ++result.images;
      result.score = largest(result.score, d.score);
      result.map = largest(result.map, d.map);
      result.box = std::max(result.box, d.box);
      if (!d.wrong.empty()) result.wrong.push_back(std::move(d));
    }
    progress.advance();
  }
  return result;
}

}  // namespace paucal::pipeline
