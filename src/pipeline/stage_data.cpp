// data: read, check and split the images.

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "data/files/problem.h"
#include "data/set/dataset.h"
#include "data/set/split.h"
#include "data/set/unlabelled.h"
#include "pipeline/run.h"

namespace paucal::pipeline {
namespace {

Json counts(const data::Dataset& dataset) {
  Json json = Json::object();
  for (const auto& record : dataset.records) {
    Json& cell = json[record.class_name][std::string(data::split_name(record.split))];
    cell = cell.is_null() ? 1 : cell.get<int>() + 1;
  }
  return json;
}

}  // namespace

void decode_images(RunState& run) {
  const Recipe& recipe = run.recipe;
  data::Dataset& dataset = run.dataset;
  const auto make_cache = [&] {
    run.cache = std::make_unique<data::ImageCache>(dataset, recipe.input, recipe.data.max_pixels,
                                                   recipe.cache_mb << 20);
  };
  make_cache();
  const auto broken = data::undecodable(dataset, *run.cache);
  if (broken.empty()) return;
  for (const auto& [record, problem] : broken) {
    log::warn("data: left out: {}", problem.message);
    dataset.problems.push_back(problem);
  }
  const auto labelled = static_cast<int>(dataset.records.size());
  for (auto it = broken.rbegin(); it != broken.rend(); ++it) {
    if (it->first < labelled)
      dataset.records.erase(dataset.records.begin() + it->first);
    else
      dataset.unlabelled.erase(dataset.unlabelled.begin() + (it->first - labelled));
  }
  data::refuse_broken(recipe.data, dataset);
  make_cache();  // record numbers have moved
}

void execute_data(RunState& run) {
  decode_images(run);
  const data::Dataset& dataset = run.dataset;
  if (run.measured) data::refuse_untested(dataset);  // before hours of training, not after
  std::vector<data::Problem> found = dataset.problems;
  for (auto& problem : data::missing_splits(dataset)) {
    log::warn("data: {}: {}", data::problem_kind(problem.kind).title, problem.message);
    found.push_back(std::move(problem));
  }
  for (auto& problem : data::look_into_index(run.recipe.data, dataset, *run.cache)) {
    log::warn("data: training passes over it: {}", problem.message);
    found.push_back(std::move(problem));
  }

  Json problems = Json::array();
  for (const auto& problem : found)
    problems.push_back(
        {{"path", problem.path}, {"kind", problem.kind}, {"message", problem.message}});
  Json ok = Json::array();
  for (size_t i = 0; i < dataset.classes.size(); ++i)
    if (dataset.class_is_ok[i]) ok.push_back(dataset.classes[i]);
  write_json(run.folder / "data.json", {{"root", dataset.root.string()},
                                        {"format", dataset.format},
                                        {"images", dataset.records.size()},
                                        {"unlabelled", dataset.unlabelled_count()},
                                        {"classes", dataset.classes},
                                        {"ok", ok},
                                        {"counts", counts(dataset)},
                                        {"problems", problems}});
  data::write_split_csv(dataset, run.folder / "split.csv");
  if (dataset.unlabelled_count() > 0) data::write_labels_csv(dataset, run.folder / "labels.csv");
  log::info("data: {} images ({} unlabelled), {} classes, {} train, {} val, {} test, {} problems",
            std::ssize(dataset.records) + dataset.unlabelled_count(), dataset.unlabelled_count(),
            dataset.classes.size(), dataset.indices(data::Split::kTrain).size(),
            dataset.indices(data::Split::kVal).size(), dataset.indices(data::Split::kTest).size(),
            found.size());
}

}  // namespace paucal::pipeline
