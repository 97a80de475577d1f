#pragma once
// Parts of `paucal loop` that need libtorch, behind what does not.

#include <filesystem>
#include <string>

#include "command/command.h"
#include "loop/run_challenge.h"

namespace paucal::cli {

// A model file as it is; of a run, its export with golden images below `folder`, made if it is not
// there.
std::filesystem::path model_file_of(const std::filesystem::path& run_or_file,
                                    const std::filesystem::path& folder);

// Where a promoted model goes, and which one is challenged.
struct ChallengePlaces {
  std::string dir;       // of the review
  std::string champion;  // file or run; empty: the one that was promoted last, else the newest
  std::string models, name = "model";  // of `paucal-edge serve --models`; empty: nothing is placed
};

// Compares, prints and records.
loop::Challenged challenge(const ChallengePlaces& places, const std::filesystem::path& challenger,
                           const loop::ChallengeOptions& options);
// The challenger becomes the next version below `models`, where that is given.
void place_promoted(const ChallengePlaces& places, const std::filesystem::path& challenger);
void add_flags(CLI::App& app, ChallengePlaces& places);

// All of a run, up to its report, as `paucal run RECIPE ASSIGNMENTS --out OUT` makes it.
void make_run(const std::filesystem::path& recipe, const std::vector<std::string>& assignments,
              const std::filesystem::path& out);

void declare_step(CLI::App& loop);

}  // namespace paucal::cli
