#pragma once
// Stages as a graph of artifacts. A stage is named by what it reads and what it leaves; it runs
// again only where its key has changed or a file of it is missing. The key hashes
//   the program's version, the stage's own options and inputs, and
//   the content of the files that it reads of other stages.
// So the same command resumes, and a stage that ran again but left the same bytes stops there.
//
//   RUN/stages.json    by stage: key, seconds, forward_passes, decoded_images
//
// What took hours is never deleted: where a stage with a folder of its own has to start anew, the
// folder is renamed to NAME.1, NAME.2 …, and takes along what was made from it. It comes back where
// its key does.

#include <functional>
#include <string>
#include <vector>

#include "base/json.h"

namespace paucal::pipeline {

struct RunState;

struct Stage {
  std::string name;
  std::string help;
  std::vector<std::string> needs;                // stages that are done before it
  std::vector<std::string> reads;                // files of theirs, below the run folder
  std::vector<std::string> makes;                // its files and folders; each has one maker
  std::function<Json(const RunState& run)> key;  // its options, and inputs that no stage makes
  std::function<void(RunState& run, const std::string& key)> run;
  std::string folder = {};  // where it keeps what took long
  // It may refuse the data: until it has left its files, stages.json stays as it is.
  bool refuses = false;
};

// What a stage is made from as things are, hashed. The files that it reads must be there.
std::string stage_key(const Stage& stage, const RunState& run);

// Throws Error: two makers of one file, a stage or file that no stage before it makes.
void check_stages(const std::vector<Stage>& table);

// The stages that `wanted` need, themselves among them, in the order of the table. Throws Error
// that lists the known ones.
std::vector<const Stage*> plan(const std::vector<Stage>& table,
                               const std::vector<std::string>& wanted);

// Runs what is not done yet. `after`: called for each planned stage once it is done, also where it
// was done already, before the key of the next one is taken. Throws Error, also where a stage left
// out a file that it makes.
void run_dag(const std::vector<Stage>& table, RunState& run, const std::vector<std::string>& wanted,
             const std::function<void(const Stage&)>& after = {});

}  // namespace paucal::pipeline
