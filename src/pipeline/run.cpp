#include "pipeline/run.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "base/json_text.h"
#include "data/set/dataset.h"
#include "data/set/unlabelled.h"
#include "data/unlabelled/unlabelled_index.h"

namespace paucal::pipeline {
namespace fs = std::filesystem;
namespace {

// Holds RUN/.lock while it lives; the kernel lets go when the process ends, however it ends.
class FolderLock {
 public:
  explicit FolderLock(const fs::path& folder)
      : fd_(::open((folder / ".lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
    if (fd_ < 0) fail("run", "'{}' cannot be written", folder.string());
    if (::flock(fd_, LOCK_EX | LOCK_NB) != 0) {
      ::close(fd_);
      fail("run", "'{}': another process works on this run", folder.string());
    }
  }
  ~FolderLock() { ::close(fd_); }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int fd_;
};

template <class T>
Json options_json(T options) {
  return options_of(options).to_json();
}

Json without(Json json, std::initializer_list<const char*> keys) {
  for (const char* key : keys) json.erase(key);
  return json;
}

Json data_inputs(const RunState& run) {
  return options_json(run.recipe.data);
}

// What the weights depend on. Loader threads, checkpoints and memory do not change them.
Json train_inputs(const RunState& run) {
  const Recipe& r = run.recipe;
  Json json = {{"task", r.task},
               {"input", options_json(r.input)},
               {"model", options_json(r.model)},
               {"view", options_json(r.view)},
               {"train", without(options_json(r.train), {"loader", "checkpoint_seconds"})},
               {"supervised", options_json(r.supervised)},
               {"semi", options_json(r.semi)},
               {"mil", options_json(r.mil)},
               {"seam", options_json(r.seam)},
               {"detect", options_json(r.detect)}};
  json["weights"] = r.weights.empty() ? "" : hash_file(r.weights);
  return json;
}

Json calibrate_inputs(const RunState& run) {
  return options_json(run.recipe.locate);
}
Json no_inputs(const RunState&) {
  return Json::object();
}
Json pseudo_inputs(const RunState& run) {
  return options_json(run.recipe.pseudo);
}
Json report_inputs(const RunState& run) {
  return options_json(run.recipe.report);
}

// What training may know of places: another box is another training.
std::string given_text(const data::Record& record) {
  std::string text = std::to_string(static_cast<int>(record.supervision));
  for (const labels::Instance& object : record.given)
    text += fmt::format(" {} {} {} {} {} {}", object.class_name, object.box.x0, object.box.y0,
                        object.box.x1, object.box.y1, object.weight);
  return text;
}

// Files by name, size and time, as make does: hashing the content of a large set takes too long.
std::string data_fingerprint(const data::Dataset& dataset) {
  Hasher hasher;
  for (int i = 0; i < dataset.count(); ++i) {
    const data::Record& record = dataset.at(i);
    struct stat info {};
    ::stat(dataset.file(record).c_str(), &info);
    hasher.add(record.path)
        .add(i < static_cast<int>(dataset.records.size()) ? "labelled" : "unlabelled")
        .add(record.class_name)
        .add(data::split_name(record.split))
        .add(record.group)
        .add(record.mask_path)
        .add(std::to_string(record.instances.size()))
        .add(given_text(record))
        .add(std::to_string(info.st_size))
        .add(std::to_string(info.st_mtim.tv_sec) + "." + std::to_string(info.st_mtim.tv_nsec));
  }
  if (dataset.index) hasher.add(dataset.index->fingerprint());
  return hasher.hex();
}

bool outputs_there(const RunState& run, const Stage& stage) {
  return std::ranges::all_of(stage.outputs,
                             [&](const auto& name) { return fs::exists(run.folder / name); });
}

}  // namespace

const std::vector<Stage>& stages() {
  static const std::vector<Stage> table = {
      {"data",
       "read, check and split the images",
       data_inputs,
       execute_data,
       {"data.json", "split.csv"}},
      {"train",
       "train the network",
       train_inputs,
       execute_train,
       {"model.safetensors", "model.json"}},
      {"calibrate",
       "probabilities and thresholds, on held-out images",
       calibrate_inputs,
       execute_calibrate,
       {"model.json"}},
      {"locate",
       "scores, heat maps and boxes of every image",
       no_inputs,
       execute_locate,
       {"predictions.jsonl"}},
      {"eval", "figures on the test images", no_inputs, execute_eval, {"eval.json"}},
      {"report",
       "report.html and report.json",
       report_inputs,
       execute_report,
       {"report.html", "report.json"}},
      {"pseudo",
       "pseudo boxes of the training images, with evidence",
       pseudo_inputs,
       execute_pseudo,
       {"pseudo_boxes.json"}},
  };
  return table;
}

void run_stages(RunState& run, const std::string& last) {
  std::vector<std::string> names;
  for (const Stage& stage : stages()) names.emplace_back(stage.name);
  if (std::ranges::find(names, last) == names.end()) fail_unknown("run", "stage", last, names);

  if (const auto wrong = edge::check(run.recipe.input)) throw Error(wrong->place, wrong->message);

  // As it was meant where the command was typed, wherever the next one is.
  for (std::string* path : {&run.recipe.data.root, &run.recipe.data.unlabelled})
    if (!path->empty()) *path = fs::absolute(*path).lexically_normal().string();
  fs::create_directories(run.folder);
  const FolderLock lock(run.folder);
  log::open_file(run.folder / "log.txt");
  write_text_atomic(run.folder / "recipe.yaml", options_of(run.recipe).to_yaml());
  const fs::path record = run.folder / "stages.json";
  Json done = fs::exists(record) ? read_json(record) : Json::object();

  run.dataset = data::open_dataset(run.recipe.data);
  data::attach_unlabelled(run.recipe.data, run.folder / "unlabelled.idx", run.dataset);
  if (run.recipe.semi.labels > 0)
    data::keep_labels(run.dataset, run.recipe.semi.labels, run.recipe.train.seed);
  std::string fingerprint = data_fingerprint(run.dataset);
  run.measured = last != "data" && last != "train" && last != "calibrate" && last != "locate";
  for (const Stage& stage : stages()) {
    Hasher hasher;
    fingerprint = hasher.add(fingerprint).add(stage.name).add(dump_json(stage.inputs(run))).hex();
    const bool known = done.contains(stage.name) &&
                       done[stage.name].value("fingerprint", "") == fingerprint &&
                       outputs_there(run, stage);
    if (known && std::string_view(stage.name) != "data") {
      log::info("{}: done already ({:.1f} s)", stage.name, done[stage.name].value("seconds", 0.));
    } else {
      if (!known) log::info("{}: {}", stage.name, stage.help);
      done.erase(stage.name);
      done["current"] = fingerprint;
      write_json(record, done);
      const auto start = std::chrono::steady_clock::now();
      stage.execute(run);
      const double seconds =
          std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
      done.erase("current");
      done[stage.name] = {{"fingerprint", fingerprint}, {"seconds", seconds}};
      write_json(record, done);
    }
    if (stage.name == last) break;
  }
  log::close_file();
}

judge::CalibrateSettings calibrate_settings(const Recipe& recipe) {
  return {recipe.locate, recipe.view.paste, recipe.data.max_pixels, recipe.train.seed};
}

Recipe recipe_of_run(const fs::path& folder) {
  const fs::path file = folder / "recipe.yaml";
  if (!fs::exists(file))
    fail("run", "'{}': no recipe.yaml, expected a run folder", folder.string());
  return load_recipe(file, {});
}

}  // namespace paucal::pipeline
