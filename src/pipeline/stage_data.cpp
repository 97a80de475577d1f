// data: what the images are, and which of them teach, choose and test.

#include <algorithm>

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

// All but what is merely good to know, as data check names it.
void warn_of(const std::vector<data::Problem>& problems) {
  std::vector<data::Problem> wrong;
  std::ranges::copy_if(problems, std::back_inserter(wrong), [](const data::Problem& problem) {
    return data::problem_kind(problem.kind).severity != data::Severity::kInfo;
  });
  for (const std::string& line : data::problem_lines(wrong)) log::warn("data: {}", line);
}

}  // namespace

void execute_data(RunState& run) {
  const data::Dataset& dataset = run.dataset;
  const Json unreadable = read_json(run.folder / "unreadable.json");
  for (const Json& problem : unreadable.at("passed_over"))
    log::warn("data: training passes over it: {}", problem.at("message").get<std::string>());
  std::vector<data::Problem> found = dataset.problems;
  std::ranges::move(data::missing_splits(dataset), std::back_inserter(found));
  warn_of(found);

  Json problems = Json::array();
  for (const auto& problem : found) problems.push_back(data::to_json(problem));
  for (const Json& problem : unreadable.at("passed_over")) problems.push_back(problem);
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
  data::write_split_csv(dataset, run.truth, run.folder / "split.csv");
  if (dataset.unlabelled_count() > 0) data::write_labels_csv(dataset, run.folder / "labels.csv");
  log::info("data: {} images ({} unlabelled), {} classes, {} train, {} val, {} test, {} problems",
            std::ssize(dataset.records) + dataset.unlabelled_count(), dataset.unlabelled_count(),
            dataset.classes.size(), dataset.indices(data::Split::kTrain).size(),
            dataset.indices(data::Split::kVal).size(), dataset.indices(data::Split::kTest).size(),
            problems.size());
}

}  // namespace paucal::pipeline
