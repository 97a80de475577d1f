#include "pipeline/studies/suspect_labels.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

#include "base/error.h"
#include "base/files.h"
#include "base/host/progress.h"
#include "data/files/csv.h"
#include "judge/inference.h"
#include "metrics/calibration.h"
#include "models/memory.h"
#include "pipeline/one_class.h"
#include "pipeline/raw.h"
#include "quality/label_errors/confident_learning.h"

namespace paucal::pipeline {
namespace fs = std::filesystem;
namespace {

constexpr int kLeastGroups = 4;
constexpr int kFits = 5;          // of distance → probability, each without a part of the groups
constexpr double kDoubtful = .1;  // of the OK images
constexpr double kRare = 3.09;    // standard deviations: one in a thousand
constexpr double kQuartile = .6745;  // of the normal distribution

// Of each record: images of one group are never on both sides of a fit. Throws Error.
std::vector<int> groups_of(const data::Dataset& dataset) {
  std::map<std::string, int> numbers;
  std::vector<int> groups;
  for (const data::Record& record : dataset.records) {
    const std::string name = record.group.empty() ? "file " + record.path : "group " + record.group;
    groups.push_back(numbers.emplace(name, static_cast<int>(numbers.size())).first->second);
  }
  if (static_cast<int>(numbers.size()) < kLeastGroups)
    fail("suspects", "'{}': {} groups of images, expected at least {}", dataset.root.string(),
         numbers.size(), kLeastGroups);
  return groups;
}

std::vector<double> scores_of(const Judged& judged) {
  std::vector<double> scores;
  for (int i = 0; i < std::ssize(judged.run.dataset.records); ++i)
    scores.push_back(judged.raw.at(i).scores[0]);
  return scores;
}

// The OK images that lie farthest from the others: defects among them would make all defects of
// their kind look familiar.
std::vector<int> doubtful(const data::Dataset& dataset, const std::vector<double>& scores) {
  std::vector<int> ok;
  for (int i = 0; i < std::ssize(scores); ++i)
    if (dataset.is_ok(dataset.at(i))) ok.push_back(i);
  std::ranges::stable_sort(ok, std::greater{},
                           [&](int i) { return scores[static_cast<size_t>(i)]; });
  ok.resize(std::min(ok.size(),
                     static_cast<size_t>(std::ceil(kDoubtful * static_cast<double>(ok.size())))));
  return ok;
}

// The scores of a memory without what these images gave.
std::vector<double> scores_without(const Judged& judged, const std::vector<int>& left_out) {
  const RunState& run = judged.run;
  const judge::TrainedModel model = looking_model(run.folder, run.recipe.locate);
  auto& memory = dynamic_cast<models::Memory&>(*model.network);
  const std::vector<int64_t> owners = owners_of(run.dataset);
  std::vector<int64_t> dropped;
  for (const int record : left_out)
    if (owners[static_cast<size_t>(record)] >= 0)
      dropped.push_back(owners[static_cast<size_t>(record)]);
  memory.drop(dropped);
  std::vector<int> records(run.dataset.records.size());
  std::iota(records.begin(), records.end(), 0);
  std::vector<double> scores;
  const judge::Inference inference(model);
  Progress progress("once more, without doubtful OK images", std::ssize(records));
  as_if_unseen(memory, run.dataset, records, [&](int record) {
    scores.push_back(inference.fitted(*run.cache->get(record)).scores[0]);
    progress.advance();
  });
  return scores;
}

// p(NG) of each score, by a fit to the other groups alone.
std::vector<double> probabilities_of(const std::vector<double>& scores,
                                     const std::vector<uint8_t>& ng,
                                     const std::vector<int>& groups) {
  std::vector<double> probabilities(scores.size());
  for (int fold = 0; fold < kFits; ++fold) {
    std::vector<double> others;
    std::vector<uint8_t> others_ng;
    for (size_t i = 0; i < scores.size(); ++i)
      if (groups[i] % kFits != fold) others.push_back(scores[i]), others_ng.push_back(ng[i]);
    if (others.empty()) continue;
    const metrics::PlattScale fit = metrics::fit_platt(others, others_ng);
    for (size_t i = 0; i < scores.size(); ++i)
      if (groups[i] % kFits == fold) probabilities[i] = fit(scores[i]);
  }
  return probabilities;
}

int class_that_is(const data::Dataset& dataset, bool ok) {
  for (size_t i = 0; i < dataset.classes.size(); ++i)
    if (dataset.class_is_ok[i] == ok) return static_cast<int>(i);
  return -1;
}

// An NG label of any kind is one label.
std::vector<LabelSuspect> suspects_by_distance(const data::Dataset& dataset,
                                               const std::vector<double>& scores,
                                               const std::vector<uint8_t>& ng,
                                               const std::vector<int>& groups) {
  const std::vector<double> p = probabilities_of(scores, ng, groups);
  std::vector<int> labels(ng.begin(), ng.end());
  std::vector<float> rows;
  for (const double one : p) {
    rows.push_back(static_cast<float>(1 - one));
    rows.push_back(static_cast<float>(one));
  }
  std::vector<LabelSuspect> suspects;
  for (const quality::LabelSuspect& found : quality::label_suspects({labels, rows, 2})) {
    const double p_ng = p[static_cast<size_t>(found.item)];
    suspects.push_back(
        {found.item, class_that_is(dataset, found.suggested == 0), found.score,
         found.suggested == 0
             ? fmt::format("shows nothing that OK images of other groups do not: NG by {:.2f}",
                           p_ng)
             : fmt::format("unlike OK images of other groups: NG by {:.2f}", p_ng)});
  }
  return suspects;
}

double quantile(std::vector<double> values, double share) {
  const auto at = static_cast<ptrdiff_t>(share * static_cast<double>(values.size() - 1) + .5);
  std::ranges::nth_element(values, values.begin() + at);
  return values[static_cast<size_t>(at)];
}

// What lies far from the others, where all are said to be OK.
std::vector<LabelSuspect> strangers(const std::vector<double>& scores) {
  const double middle = quantile(scores, .5);
  const double deviation = (middle - quantile(scores, .25)) / kQuartile;
  std::vector<LabelSuspect> suspects;
  for (size_t i = 0; i < scores.size(); ++i) {
    const double z = deviation > 0 ? (scores[i] - middle) / deviation : 0;
    if (z < kRare) continue;
    suspects.push_back({static_cast<int>(i), -1, std::erfc(z / std::sqrt(2.)),
                        fmt::format("{:.1f} standard deviations farther from the other OK images "
                                    "than they are from each other",
                                    z)});
  }
  std::ranges::stable_sort(suspects, {}, &LabelSuspect::score);
  return suspects;
}

// The manifest of a fold: its part of the groups is for testing, and some of the rest chooses.
std::string write_fold(const data::Dataset& dataset, const std::vector<int>& groups, int folds,
                       int fold, const fs::path& folder) {
  constexpr int kHeldOutOf = 7;
  std::string table = "path,class,split,group\n";
  for (size_t i = 0; i < groups.size(); ++i) {
    const data::Record& record = dataset.records[i];
    const bool tested = groups[i] % folds == fold;
    const bool held_out = groups[i] / folds % kHeldOutOf == 0;
    table += fmt::format("{},{},{},{}\n", data::csv_field(record.path),
                         data::csv_field(record.class_name),
                         tested     ? "test"
                         : held_out ? "val"
                                    : "train",
                         data::csv_field(record.group));
  }
  fs::create_directories(folder);
  const fs::path file = folder / "labels.csv";
  if (!fs::exists(file) || read_text(file) != table) write_text_atomic(file, table);
  return file.string();
}

// Of the images that this run was not taught; [records, classes] of `dataset`.
void take_probabilities(const Judged& judged, const data::Dataset& dataset,
                        std::vector<float>& rows) {
  std::map<std::string, size_t> numbers;
  for (size_t i = 0; i < dataset.records.size(); ++i) numbers[dataset.records[i].path] = i;
  const data::Dataset& seen = judged.run.dataset;
  for (const int record : seen.indices(data::Split::kTest)) {
    const auto prediction = interpret(judged.card, judged.raw.at(record));
    const size_t first = numbers.at(seen.at(record).path) * dataset.classes.size();
    for (size_t c = 0; c < prediction.class_probabilities.size(); ++c) {
      const auto at = std::ranges::find(dataset.classes, seen.classes[c]);
      rows[first + static_cast<size_t>(at - dataset.classes.begin())] =
          static_cast<float>(prediction.class_probabilities[c]);
    }
  }
}

}  // namespace

Judged judged(const Recipe& recipe, const fs::path& folder, const Train& train) {
  RunState run{.recipe = recipe, .folder = folder, .train = train};
  run_stages(run, {"calibrate"});
  edge::ModelCard card = judge::load_card(folder);
  judge::RawStore raw = stored_raw(folder, run.dataset, card);
  return {std::move(run), std::move(card), std::move(raw)};
}

// A memory of OK places: it judges what it has not seen, image by image.
Recipe remembering(Recipe recipe) {
  recipe.task = "inspection";
  recipe.model.detector = {};
  recipe.detect = {};
  recipe.line = {};
  recipe.seam = {};
  recipe.semi = {};
  recipe.model.upscale = 1;
  recipe.data.boxes.clear();
  recipe.data.calibrate.clear();
  if (!of_ok_images_alone(recipe.one_class.method)) recipe.one_class.method = "bank";
  if (recipe.data.split.empty()) recipe.data.test = 0;  // all OK images are remembered
  return recipe;
}

std::vector<LabelSuspect> suspects_by_memory(const Judged& judged) {
  const data::Dataset& dataset = judged.run.dataset;
  const std::vector<int> groups = groups_of(dataset);
  std::vector<double> scores = scores_of(judged);
  if (judged.run.recipe.one_class.method == "bank")
    scores = scores_without(judged, doubtful(dataset, scores));
  std::vector<uint8_t> ng;
  for (const data::Record& record : dataset.records) ng.push_back(!dataset.is_ok(record));
  return std::ranges::count(ng, 1) == 0 ? strangers(scores)
                                        : suspects_by_distance(dataset, scores, ng, groups);
}

std::vector<LabelSuspect> suspects_by_folds(const Recipe& recipe, const data::Dataset& dataset,
                                            int folds, const fs::path& work, const Train& train) {
  const std::vector<int> groups = groups_of(dataset);
  const auto classes = static_cast<int>(dataset.classes.size());
  std::vector<int> labels;
  for (const data::Record& record : dataset.records) labels.push_back(record.label);
  std::vector<float> rows(labels.size() * static_cast<size_t>(classes));
  for (int fold = 0; fold < folds; ++fold) {
    const fs::path folder = work / fmt::format("fold-{}", fold + 1);
    Recipe one = recipe;
    one.data.labels = write_fold(dataset, groups, folds, fold, folder);
    one.data.split.clear();
    one.data.group.clear();
    take_probabilities(judged(one, folder, train), dataset, rows);
  }
  std::vector<LabelSuspect> suspects;
  for (const auto& found : quality::label_suspects({labels, rows, classes}))
    suspects.push_back(
        {found.item, found.suggested, found.score,
         fmt::format("looks like {} ({:.2f}), not like {} ({:.2f}), to a network that did not "
                     "learn from it",
                     dataset.classes[static_cast<size_t>(found.suggested)],
                     rows[static_cast<size_t>(found.item * classes + found.suggested)],
                     dataset.classes[static_cast<size_t>(found.label)],
                     rows[static_cast<size_t>(found.item * classes + found.label)])});
  return suspects;
}

}  // namespace paucal::pipeline
