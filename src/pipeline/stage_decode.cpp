// decode: which images cannot be decoded to their end. In one process the training that follows
// finds the others in the cache.

#include <algorithm>

#include "base/files.h"
#include "base/host/log.h"
#include "data/feed/fit_alignment.h"
#include "data/feed/ignore_file.h"
#include "data/files/problem.h"
#include "data/set/dataset.h"
#include "data/set/unlabelled.h"
#include "pipeline/recipe_keys.h"
#include "pipeline/run.h"

namespace paucal::pipeline {
namespace {

using Broken = std::vector<std::pair<int, data::Problem>>;

void make_cache(RunState& run) {
  run.cache = std::make_unique<data::ImageCache>(
      run.dataset, run.recipe.input, run.recipe.data.max_pixels, run.recipe.cache_mb << 20);
}

// `broken`: by rising number.
void leave_out(data::Dataset& dataset, const Broken& broken) {
  const auto labelled = static_cast<int>(dataset.records.size());
  for (const auto& [number, problem] : broken) dataset.problems.push_back(problem);
  for (auto it = broken.rbegin(); it != broken.rend(); ++it) {
    if (it->first < labelled)
      dataset.records.erase(dataset.records.begin() + it->first);
    else
      dataset.unlabelled.erase(dataset.unlabelled.begin() + (it->first - labelled));
  }
}

void leave_out(RunState& run, const Broken& broken) {
  if (broken.empty()) return;
  leave_out(run.dataset, broken);
  make_cache(run);  // record numbers have moved
}

// The views of semi-supervised methods change 256 grey levels.
void settle_depth(const data::Dataset& dataset, Recipe& recipe) {
  edge::Depth& depth = recipe.input.depth;
  if (depth != edge::Depth::kAuto) return;
  const auto deep =
      std::ranges::count_if(dataset.records, [](const data::Record& r) { return r.bits > 8; });
  depth = deep > 0 && !recipe.semi.on() ? edge::Depth::k16 : edge::Depth::k8;
  if (deep > 0)
    log::info("data: {} of {} images have more than 8 bits: input.depth={}", deep,
              dataset.records.size(), depth == edge::Depth::k16 ? 16 : 8);
}

}  // namespace

void open_data(RunState& run) {
  Recipe& recipe = run.recipe;
  recipe.data.first_pages = recipe.input.pages == edge::Pages::kFirst;
  auto [dataset, truth] = data::open_dataset(recipe.data);
  run.dataset = std::move(dataset);
  settle_depth(run.dataset, recipe);
  data::load_ignored(recipe.input);
  if (missing_for(recipe, "view.align").empty())
    data::fit_alignment(run.dataset, recipe.view.align, recipe.data.max_pixels, recipe.input);
  run.truth = std::move(truth);
  if (missing_for(recipe, "data.unlabelled").empty())
    data::attach_unlabelled(recipe.data, run.folder / "unlabelled.idx", run.dataset);
  if (recipe.semi.labels > 0) data::keep_labels(run.dataset, recipe.semi.labels, recipe.train.seed);
  make_cache(run);
}

void decode_images(RunState& run) {
  leave_out(run, data::undecodable(run.dataset, *run.cache));
  data::refuse_broken(run.recipe.data, run.dataset);
}

void execute_decode(RunState& run) {
  const Broken broken = data::undecodable(run.dataset, *run.cache);
  data::Dataset rest = run.dataset;
  leave_out(rest, broken);
  data::refuse_broken(run.recipe.data, rest);
  // By number, since a name may hold bytes that JSON cannot; the key says that they are the same.
  Json unreadable = {{"left_out", Json::array()}, {"passed_over", Json::array()}};
  for (const auto& [number, problem] : broken) {
    unreadable["left_out"].push_back(data::to_json(problem));
    unreadable["left_out"].back()["number"] = number;
  }
  for (const auto& problem : data::look_into_index(run.recipe.data, run.dataset, *run.cache))
    unreadable["passed_over"].push_back(data::to_json(problem));
  write_json(run.folder / "unreadable.json", unreadable);
}

void leave_out_unreadable(RunState& run) {
  const Json unreadable = read_json(run.folder / "unreadable.json");
  Broken broken;
  for (const Json& json : unreadable.at("left_out"))
    broken.emplace_back(json.at("number").get<int>(), data::problem_from_json(json));
  leave_out(run, broken);
}

}  // namespace paucal::pipeline
