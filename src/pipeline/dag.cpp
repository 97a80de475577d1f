#include "pipeline/dag.h"

#include <algorithm>
#include <chrono>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "base/host/work.h"
#include "base/json_text.h"
#include "base/version.h"
#include "pipeline/kept_folder.h"
#include "pipeline/run.h"

namespace paucal::pipeline {
namespace fs = std::filesystem;
namespace {

bool holds(const std::vector<std::string>& names, const std::string& name) {
  return std::ranges::find(names, name) != names.end();
}

// Not what a hand has made of stages.json.
std::string recorded_key(const Json& done, const std::string& stage) {
  if (!done.is_object() || !done.contains(stage) || !done[stage].is_object()) return "";
  const auto at = done[stage].find("key");
  return at != done[stage].end() && at->is_string() ? at->get<std::string>() : "";
}

bool is_done(const Json& done, const Stage& stage, const RunState& run, const std::string& key) {
  return recorded_key(done, stage.name) == key &&
         std::ranges::all_of(stage.makes,
                             [&](const auto& file) { return fs::exists(run.folder / file); });
}

void execute(const Stage& stage, RunState& run, const std::string& key, Json& done) {
  const fs::path record = run.folder / "stages.json";
  log::info("{}: {}", stage.name, stage.help);
  if (!stage.refuses && done.erase(stage.name) > 0) write_json(record, done);
  const auto start = std::chrono::steady_clock::now();
  const WorkDone before = work_done();
  stage.run(run, key);
  for (const std::string& file : stage.makes)
    if (!fs::exists(run.folder / file))
      fail("run", "stage '{}' has left no '{}', expected one", stage.name,
           (run.folder / file).string());
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
  const WorkDone work = work_done() - before;
  done[stage.name] = {{"key", key},
                      {"seconds", seconds},
                      {"forward_passes", work.forward_passes},
                      {"decoded_images", work.decoded_images}};
  write_json(record, done);
}

// The stage, and all that are made from its files.
std::vector<const Stage*> made_from(const std::vector<Stage>& table, const Stage& first) {
  std::vector<const Stage*> stages;
  std::set<std::string> files;
  for (const Stage& stage : table) {
    const bool reads =
        std::ranges::any_of(stage.reads, [&](const auto& file) { return files.contains(file); });
    if (&stage != &first && !reads) continue;
    stages.push_back(&stage);
    files.insert(stage.makes.begin(), stage.makes.end());
  }
  return stages;
}

}  // namespace

std::string stage_key(const Stage& stage, const RunState& run) {
  Hasher hasher;
  hasher.add(version()).add(stage.name);
  hasher.add(dump_json(stage.key(run)));
  for (const std::string& file : stage.reads) hasher.add(file).add(hash_file(run.folder / file));
  return hasher.hex();
}

void check_stages(const std::vector<Stage>& table) {
  std::set<std::string> names, files;
  for (const Stage& stage : table) {
    for (const std::string& need : stage.needs)
      if (!names.contains(need))
        fail("run", "stage '{}' needs '{}', expected a stage before it", stage.name, need);
    for (const std::string& file : stage.reads)
      if (std::ranges::none_of(plan(table, {stage.name}), [&](const Stage* before) {
            return before != &stage && holds(before->makes, file);
          }))
        fail("run", "stage '{}' reads '{}', expected a file of a stage that it needs", stage.name,
             file);
    for (const std::string& file : stage.makes)
      if (!files.insert(file).second)
        fail("run", "stage '{}' makes '{}', expected one maker a file", stage.name, file);
    names.insert(stage.name);
  }
}

std::vector<const Stage*> plan(const std::vector<Stage>& table,
                               const std::vector<std::string>& wanted) {
  std::vector<std::string> known;
  for (const Stage& stage : table) known.push_back(stage.name);
  for (const std::string& name : wanted)
    if (!holds(known, name)) fail_unknown("run", "stage", name, known);
  std::set<std::string> needed(wanted.begin(), wanted.end());
  std::vector<const Stage*> chosen;
  for (auto stage = table.rbegin(); stage != table.rend(); ++stage) {
    if (!needed.contains(stage->name)) continue;
    needed.insert(stage->needs.begin(), stage->needs.end());
    chosen.insert(chosen.begin(), &*stage);
  }
  return chosen;
}

void run_dag(const std::vector<Stage>& table, RunState& run, const std::vector<std::string>& wanted,
             const std::function<void(const Stage&)>& after) {
  const fs::path record = run.folder / "stages.json";
  Json done = fs::exists(record) ? read_json(record) : Json::object();
  if (!done.is_object()) done = Json::object();
  for (const Stage* stage : plan(table, wanted)) {
    const std::string key = stage_key(*stage, run);
    if (!stage->folder.empty() && !is_done(done, *stage, run, key))
      choose_folder(run.folder, made_from(table, *stage), key, done);
    if (is_done(done, *stage, run, key))
      log::info("{}: done already ({:.1f} s)", stage->name, done[stage->name].value("seconds", 0.));
    else
      execute(*stage, run, key, done);
    if (after) after(*stage);
  }
}

}  // namespace paucal::pipeline
