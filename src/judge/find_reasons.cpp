#include "judge/find_reasons.h"

#include <algorithm>
#include <cstdlib>

#include "base/evenly.h"
#include "judge/donors.h"
#include "metrics/share.h"

namespace paucal::judge {
namespace {

constexpr uint64_t kReasonStream = 0x72736e73;  // "rsns"
constexpr size_t kLookedAt = 24;
constexpr int kSamePlace = 2;  // cells

// What is said of all records.
struct Called {
  std::vector<double> scores;
  std::vector<uint8_t> ng;

  double score(int record) const { return scores[static_cast<size_t>(record)]; }
  bool is_ng(int record) const { return ng[static_cast<size_t>(record)]; }
};

bool is_called_ng(const edge::ModelCard& card, double score) {
  return card.calibration.ng(score) >= card.calibration.threshold;
}

Called call_all(const edge::ModelCard& card, const data::Dataset& dataset, const RawSource& raw) {
  Called called;
  for (int i = 0; i < std::ssize(dataset.records); ++i) {
    called.scores.push_back(raw(i).scores[0]);
    called.ng.push_back(is_called_ng(card, called.scores.back()));
  }
  return called;
}

std::vector<int> images_to_look_at(const data::Dataset& dataset, const Called& called) {
  std::vector<int> chosen;
  for (const data::Split split : {data::Split::kVal, data::Split::kTest, data::Split::kTrain}) {
    std::vector<int> found;
    for (const int record : dataset.indices(split))
      if (called.is_ng(record) &&
          (split == data::Split::kTest || !dataset.is_ok(dataset.at(record))))
        found.push_back(record);
    found = evenly(found, kLookedAt - chosen.size());
    chosen.insert(chosen.end(), found.begin(), found.end());
  }
  return chosen;
}

std::vector<int> known_ok(const data::Dataset& dataset) {
  std::vector<int> ok;
  for (const data::Split split : {data::Split::kVal, data::Split::kTrain})
    for (const int record : dataset.indices(split))
      if (dataset.is_ok(dataset.at(record))) ok.push_back(record);
  return ok;
}

double median_score(const Called& called, const std::vector<int>& records) {
  std::vector<double> scores;
  for (const int record : records) scores.push_back(called.score(record));
  std::ranges::sort(scores);
  return metrics::quantile(scores, .5);
}

// How often something holds; nothing where it was never asked.
struct Tally {
  int64_t yes = 0, asked = 0;

  void add(bool holds) {
    yes += holds;
    ++asked;
  }
  std::optional<double> share() const {
    if (asked == 0) return std::nullopt;
    return metrics::share(static_cast<double>(yes), static_cast<double>(asked));
  }
};

struct Tallies {
  double hot = 0;
  Tally falls, stands, control, disturbed, agreement;
};

bool are_hottest_together(const std::array<edge::Map, 2>& maps) {
  std::array<int, 2> x{}, y{};
  for (size_t i = 0; i < 2; ++i) {
    const auto& values = maps[i].values;
    const auto hottest = static_cast<int>(std::ranges::max_element(values) - values.begin());
    x[i] = hottest % maps[i].width;
    y[i] = hottest / maps[i].width;
  }
  return std::abs(x[0] - x[1]) <= kSamePlace && std::abs(y[0] - y[1]) <= kSamePlace;
}

// What an image is compared with.
struct Scene {
  const edge::ModelCard& card;
  const Called& called;
  const Donors& donors;
  const ReasonSources& sources;
  double ok = 0, ng = 0;  // median scores

  bool falls(double before, double after) const {
    return !is_called_ng(card, after) || before - after > .5 * (before - ok);
  }
  bool rises(double before, double after) const { return after - before > .5 * (ng - ok); }
};

// Everything that is asked of one image that is called NG; nothing where it has no donor.
void ask(const Scene& scene, int record, const edge::Fitted& fitted, Random random, Tallies& t) {
  const edge::Image& image = fitted.image;
  const CellSet hot = hot_places(scene.card, scene.sources.of_record(record));
  const auto donor = scene.donors.most_alike(image, hot);
  if (!donor) return;
  const double before = scene.called.score(record);
  const auto score = [&](const edge::Image& base, const Donor& other, const CellSet& places) {
    const edge::Fitted made{filled(base, other.image, places), fitted.geometry, {}};
    return scene.sources.of_filled(made, other.record).scores[0];
  };
  t.hot += hot.share();
  t.falls.add(scene.falls(before, score(image, *donor, hot)));
  t.stands.add(!scene.falls(before, score(donor->image, {donor->record, image}, hot)));
  if (const auto elsewhere = moved_away(hot, random))
    t.control.add(scene.falls(before, score(image, *donor, *elsewhere)));
  if (const auto second = scene.donors.most_alike(donor->image, hot, donor->record))
    t.disturbed.add(
        scene.rises(scene.called.score(donor->record), score(donor->image, *second, hot)));
  if (scene.sources.evidence) t.agreement.add(are_hottest_together(scene.sources.evidence(record)));
}

}  // namespace

Reasons find_reasons(const edge::ModelCard& card, const data::Dataset& dataset,
                     data::ImageCache& cache, const ReasonSources& sources, uint64_t seed) {
  const Called called = call_all(card, dataset, sources.of_record);
  const std::vector<int> images = images_to_look_at(dataset, called);
  std::vector<int> ok = known_ok(dataset);
  if (images.empty() || ok.empty()) return {};
  const double ok_score = median_score(called, ok);
  std::erase_if(ok, [&](int record) { return called.is_ng(record); });
  const Donors donors(dataset, cache, ok);
  const Scene scene{card, called, donors, sources, ok_score, median_score(called, images)};
  Tallies t;
  for (const int record : images)
    ask(scene, record, *cache.get(record),
        Random(seed, kReasonStream, static_cast<uint64_t>(record)), t);
  if (t.falls.asked == 0) return {};
  return {.images = t.falls.asked,
          .hot = t.hot / static_cast<double>(t.falls.asked),
          .falls = *t.falls.share(),
          .stands = *t.stands.share(),
          .control = t.control.share(),
          .disturbed = t.disturbed.share(),
          .agreement = t.agreement.share()};
}

}  // namespace paucal::judge
