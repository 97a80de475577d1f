#include "pipeline/studies/foreign.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.h"
#include "base/files.h"
#include "data/files/csv.h"

namespace paucal::pipeline {
namespace {

constexpr double kExpected = .05;
constexpr size_t kNeeded = 20;  // held-out images for a limit that 5 % of them pass
constexpr size_t kNeighbour = 5;
constexpr size_t kNamed = 5;

// Distances of an image to its kNeighbour-th nearest among `others`, itself left out.
double distance(const judge::Classified& image, const std::vector<judge::Classified>& others) {
  std::vector<double> distances;
  for (const judge::Classified& other : others) {
    if (other.record == image.record) continue;
    distances.push_back(1 - std::inner_product(image.features.begin(), image.features.end(),
                                               other.features.begin(), 0.));
  }
  const auto at = distances.begin() + static_cast<ptrdiff_t>(kNeighbour - 1);
  std::ranges::nth_element(distances, at);
  return *at;
}

}  // namespace

Json foreign_content(const data::Dataset& dataset, const std::vector<judge::Classified>& held_out,
                     const std::vector<judge::Classified>& unlabelled,
                     const std::filesystem::path& list) {
  if (unlabelled.empty()) return Json::object();
  if (held_out.size() < kNeeded) return {{"held_out", held_out.size()}, {"needed", kNeeded}};
  std::vector<double> known;
  for (const judge::Classified& image : held_out) known.push_back(distance(image, held_out));
  std::ranges::sort(known);
  // The rank at which a further image of the same kind passes with probability 5 %.
  const auto n = static_cast<double>(known.size());
  const auto rank = static_cast<size_t>(std::ceil((1 - kExpected) * (n + 1)));
  const double limit = known[std::min(rank, known.size()) - 1];

  std::vector<std::pair<double, const judge::Classified*>> flagged;
  for (const judge::Classified& image : unlabelled)
    if (const double far = distance(image, held_out); far > limit)
      flagged.emplace_back(far, &image);
  std::ranges::stable_sort(flagged, std::greater{}, [](const auto& entry) { return entry.first; });
  std::string text = "path,distance,limit,called,confidence\n";
  Json most = Json::array();
  for (const auto& [far, image] : flagged) {
    const std::string path = dataset.name(image->record);
    if (most.size() < kNamed) most.push_back(path);
    text += fmt::format("{},{:.4f},{:.4f},{},{:.3f}\n", data::csv_field(path), far, limit,
                        data::csv_field(dataset.classes[static_cast<size_t>(image->label)]),
                        image->confidence);
  }
  write_text_atomic(list, text);
  const auto images = static_cast<double>(unlabelled.size());
  const double share = static_cast<double>(flagged.size()) / images;
  // Groups of like images make shares wander further than single ones would: hence the factor.
  const double deviation = std::sqrt(kExpected * (1 - kExpected) * (1 / n + 1 / images));
  const double by_chance = std::max(2 * kExpected, kExpected + 3 * deviation);
  return {
      {"images", unlabelled.size()}, {"held_out", held_out.size()}, {"flagged", share},
      {"expected", kExpected},       {"by_chance", by_chance},      {"found", share > by_chance},
      {"most", std::move(most)}};
}

}  // namespace paucal::pipeline
