#include "pipeline/stage_keys.h"

#include <sys/stat.h>

#include "base/files.h"
#include "base/options_json.h"
#include "data/set/dataset.h"
#include "data/set/split.h"
#include "data/unlabelled/unlabelled_index.h"
#include "pipeline/recipe_keys.h"
#include "pipeline/run.h"

namespace paucal::pipeline {
namespace {

Json without(Json json, std::initializer_list<const char*> keys) {
  for (const char* key : keys) json.erase(key);
  return json;
}

void add_stamp(Hasher& hasher, const std::filesystem::path& file) {
  struct stat info {};
  ::stat(file.c_str(), &info);
  hasher.add(fmt::format("{} {}.{}", info.st_size, info.st_mtim.tv_sec, info.st_mtim.tv_nsec));
}

void add_objects(Hasher& hasher, const std::vector<labels::Instance>& objects) {
  hasher.add(std::to_string(objects.size()));
  for (const labels::Instance& object : objects) {
    const edge::Box& box = object.box;
    hasher.add(object.class_name)
        .add(fmt::format("{} {} {} {} {} {}", box.x0, box.y0, box.x1, box.y1, object.guessed,
                         object.weight));
    for (const auto& ring : object.polygons) {
      std::string text;
      for (const auto& [x, y] : ring) text += fmt::format("{} {} ", x, y);
      hasher.add(text);
    }
  }
}

// A path; what is in the file counts.
Json input_json(const RunState& run) {
  edge::PreprocessOptions input = run.recipe.input;
  if (!input.ignore.empty()) input.ignore = hash_file(input.ignore);
  return without(options_json(input), {"coarse"});  // which is how large images are judged
}

// Which files there are, and that they are what they were.
std::string files_hash(const data::Dataset& dataset) {
  Hasher hasher;
  for (int i = 0; i < dataset.count(); ++i) {
    hasher.add(dataset.at(i).path);
    add_stamp(hasher, dataset.file(dataset.at(i)));
  }
  if (dataset.index) hasher.add(dataset.index->fingerprint());
  return hasher.hex();
}

// What training may know. Test images count by name alone: they only number the others.
std::string training_hash(const data::Dataset& dataset) {
  Hasher hasher;
  for (int i = 0; i < dataset.count(); ++i) {
    const data::Record& record = dataset.at(i);
    hasher.add(record.path)
        .add(i < static_cast<int>(dataset.records.size()) ? "labelled" : "unlabelled")
        .add(record.class_name)
        .add(data::split_name(record.split))
        .add(record.group)
        .add(std::to_string(static_cast<int>(record.supervision)));
    add_objects(hasher, record.given);
    if (record.split != data::Split::kTest) add_stamp(hasher, dataset.file(record));
  }
  for (size_t i = 0; i < dataset.classes.size(); ++i)
    hasher.add(dataset.classes[i]).add(dataset.class_is_ok[i] ? "ok" : "ng");
  if (dataset.index) hasher.add(dataset.index->fingerprint());
  return hasher.hex();
}

// What measures.
std::string truth_hash(const RunState& run) {
  Hasher hasher;
  for (const data::Record& record : run.dataset.records) {
    const data::ImageTruth& truth = run.truth.of(record);
    hasher.add(truth.known ? "known" : "unknown");
    add_objects(hasher, truth.objects);
    hasher.add(truth.mask_path.empty() ? "" : hash_file(run.dataset.root / truth.mask_path));
  }
  return hasher.hex();
}

Json images_json(const data::Dataset& dataset) {
  return {{"files", files_hash(dataset)}, {"labels", training_hash(dataset)}};
}

// With the parts that images are views of, where they are known.
Json parts_json(const data::Dataset& dataset) {
  Json json = images_json(dataset);
  Hasher hasher;
  for (const data::Record& record : dataset.records) hasher.add(record.part);
  if (data::knows_parts(dataset)) json["parts"] = hasher.hex();
  return json;
}

}  // namespace

Json decode_key(const RunState& run) {
  return {{"files", files_hash(run.dataset)},
          {"input", input_json(run)},
          {"max_broken", run.recipe.data.max_broken},
          {"max_pixels", run.recipe.data.max_pixels}};
}

Json data_key(const RunState& run) {
  const data::Dataset& dataset = run.dataset;
  Hasher found;
  for (const data::Problem& problem : dataset.problems)
    found.add(problem.path).add(problem.kind).add(problem.message);
  for (const data::Record& record : dataset.records) found.add(run.truth.of(record).mask_path);
  return {{"root", dataset.root.string()},
          {"format", dataset.format},
          {"labels", training_hash(dataset)},
          {"found", found.hex()}};
}

// Threads, checkpoints and memory change at most the last bits of the weights.
Json train_key(const RunState& run) {
  Recipe recipe = run.recipe;
  Json json = {{"labels", training_hash(run.dataset)}};
  const Json options = options_that_matter(recipe).to_json();
  for (const char* name : {"task", "input", "model", "view", "train", "supervised", "semi", "mil",
                           "seam", "one_class", "detect"})
    if (options.contains(name)) json[name] = options[name];
  json["input"] = input_json(run);
  json["train"] = without(json["train"], {"loader", "checkpoint_seconds", "threads", "events"});
  if (json.contains("one_class")) json["one_class"] = without(json["one_class"], {"alpha"});
  json["model"] = without(json["model"], {"weights"});  // a path; what is in the file counts
  json["weights"] = recipe.model.weights.empty() ? "" : hash_file(recipe.model.weights);
  return json;
}

Json predict_key(const RunState& run) {
  const judge::LocateOptions& locate = run.recipe.locate;
  return {{"images", images_json(run.dataset)}, {"map", locate.map}, {"flips", locate.flips}};
}

Json calibrate_key(const RunState& run) {
  const Recipe& r = run.recipe;
  Json json = {{"images", images_json(run.dataset)},
               {"locate", options_json(r.locate)},
               {"paste", options_json(r.view.paste)},
               {"ok_alone", r.one_class.alpha},
               {"seed", r.train.seed}};
  // Runs of earlier versions on small images stay as they are.
  if (r.input.tile > 0) json["coarse"] = options_json(r.input)["coarse"];
  if (r.locate.calibration_boxes > 0) json["truth"] = truth_hash(run);
  return json;
}

Json locate_key(const RunState& run) {
  return {{"images", parts_json(run.dataset)}};
}

Json eval_key(const RunState& run) {
  return {{"images", parts_json(run.dataset)}, {"truth", truth_hash(run)}};
}

Json galleries_key(const RunState& run) {
  return {{"images", images_json(run.dataset)},
          {"truth", truth_hash(run)},
          {"shown", run.recipe.report.gallery}};
}

Json reasons_key(const RunState& run) {
  return {{"images", images_json(run.dataset)}, {"seed", run.recipe.train.seed}};
}

// The page shows the whole recipe.
Json report_key(const RunState& run) {
  Recipe recipe = run.recipe;
  return {{"images", images_json(run.dataset)},
          {"truth", truth_hash(run)},
          {"recipe", options_that_matter(recipe).to_json()}};
}

Json pseudo_key(const RunState& run) {
  return {{"images", images_json(run.dataset)}, {"pseudo", options_json(run.recipe.pseudo)}};
}

}  // namespace paucal::pipeline
