#include "loop/challenge.h"

#include <algorithm>
#include <cmath>
#include <map>

#include "base/error.h"
#include "metrics/metrics.h"
#include "quality/audit/horvitz_thompson.h"

namespace paucal::loop {
namespace {

ModelFigures figures_of(std::span<const JudgedItem> items, const Said JudgedItem::*model) {
  ModelFigures figures;
  std::vector<double> scores;
  std::vector<uint8_t> positive;
  std::vector<quality::DrawnItem> wrong;
  for (const JudgedItem& item : items) {
    const Said& said = item.*model;
    figures.escapes += item.ng && !said.ng;
    figures.overkills += !item.ng && said.ng;
    scores.push_back(said.probability);
    positive.push_back(item.ng);
    wrong.push_back({item.ng != said.ng ? 1. : 0., item.pi});
  }
  figures.wrong = figures.escapes + figures.overkills;
  figures.weighted_wrong = quality::horvitz_thompson(wrong).mean;
  figures.auroc = metrics::auroc(scores, positive);
  figures.ap = metrics::average_precision(scores, positive);
  return figures;
}

Json number(double value) {
  return std::isfinite(value) ? Json(value) : Json();
}

Json to_json(const ModelFigures& figures) {
  return {{"wrong", figures.wrong},         {"escapes", figures.escapes},
          {"overkills", figures.overkills}, {"weighted_wrong", number(figures.weighted_wrong)},
          {"auroc", number(figures.auroc)}, {"ap", number(figures.ap)}};
}

// How many items it takes at least: those on which the verdicts may all agree.
std::string agreeing_items(double margin, double level) {
  constexpr int64_t kMost = 1 << 20;
  int64_t low = 1, high = 1;
  const auto fits = [&](int64_t n) {
    return quality::mcnemar({n, 0, 0}, level).bounds.high <= margin;
  };
  while (!fits(high) && high < kMost) high *= 2;
  if (high == kMost) return {};
  while (low < high) {
    const int64_t middle = low + (high - low) / 2;
    if (fits(middle))
      high = middle;
    else
      low = middle + 1;
  }
  return fmt::format(
      "; it takes {} judged items where both models agree, and more where they differ", high);
}

}  // namespace

Json to_json(const Comparison& c) {
  return {{"items", c.items},
          {"ng", c.ng},
          {"champion", to_json(c.champion)},
          {"challenger", to_json(c.challenger)},
          {"difference", c.mcnemar.difference},
          {"low", c.mcnemar.bounds.low},
          {"high", c.mcnemar.bounds.high},
          {"p_value", c.mcnemar.p_value},
          {"attempt", c.attempt},
          {"alpha", c.alpha},
          {"verdict", c.promote ? "promote" : "keep"},
          {"why", c.why}};
}

std::vector<JudgedItem> by_part(std::span<const JudgedItem> images) {
  std::vector<JudgedItem> items;
  std::map<std::string, size_t> index;
  const auto worst = [](Said& a, const Said& b) {
    a.probability = std::max(a.probability, b.probability);
    a.ng = a.ng || b.ng;
  };
  for (const JudgedItem& image : images) {
    const auto [at, is_new] =
        image.part.empty() ? std::pair(index.end(), true) : index.emplace(image.part, items.size());
    if (is_new) {
      items.push_back(image);
      continue;
    }
    JudgedItem& item = items[at->second];
    item.ng = item.ng || image.ng;
    item.pi = std::max(item.pi, image.pi);
    worst(item.champion, image.champion);
    worst(item.challenger, image.challenger);
  }
  return items;
}

Comparison compare(std::span<const JudgedItem> images, int attempt,
                   const ChallengeOptions& options) {
  if (attempt < 1) fail("challenge", "attempt {}, expected 1 or more", attempt);
  const std::vector<JudgedItem> items = by_part(images);
  if (items.empty()) fail("challenge", "no judged images, expected some of the audit sample");
  Comparison c;
  c.items = static_cast<int64_t>(items.size());
  c.ng = std::ranges::count(items, true, &JudgedItem::ng);
  c.champion = figures_of(items, &JudgedItem::champion);
  c.challenger = figures_of(items, &JudgedItem::challenger);
  c.attempt = attempt;
  c.alpha = options.alpha / attempt / (attempt + 1);
  quality::PairedVerdicts pairs{c.items, 0, 0};
  for (const JudgedItem& item : items) {
    const bool champion_wrong = item.champion.ng != item.ng,
               challenger_wrong = item.challenger.ng != item.ng;
    pairs.only_first_wrong += champion_wrong && !challenger_wrong;
    pairs.only_second_wrong += challenger_wrong && !champion_wrong;
  }
  const double level = 1 - 2 * c.alpha;  // one-sided
  c.mcnemar = quality::mcnemar(pairs, level);
  const double high = c.mcnemar.bounds.high;
  if (c.challenger.wrong > c.champion.wrong)
    c.why = fmt::format("the challenger is wrong on {} items, the champion on {}",
                        c.challenger.wrong, c.champion.wrong);
  else if (c.challenger.escapes > c.champion.escapes)
    c.why = fmt::format("the challenger lets {} NG items pass, the champion {}",
                        c.challenger.escapes, c.champion.escapes);
  else if (high > options.margin)
    c.why = fmt::format(
        "it may still be wrong on {:.1f} % more of the items, expected at most {:.1f} %{}",
        100 * high, 100 * options.margin, agreeing_items(options.margin, level));
  else
    c.promote = true;
  if (c.promote)
    c.why =
        fmt::format("wrong on {} items instead of {}, and at most {:.1f} % more often by its bound",
                    c.challenger.wrong, c.champion.wrong, 100 * std::max(0., high));
  return c;
}

}  // namespace paucal::loop
