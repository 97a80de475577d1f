#pragma once
// A challenge on the audit sample of a review, and what became of it.

#include <filesystem>
#include <optional>
#include <string>

#include "loop/challenge.h"
#include "loop/promote.h"
#include "review/store.h"

namespace paucal::loop {

struct Challenged {
  std::string champion, challenger;                          // model files
  std::string champion_sha256 = {}, challenger_sha256 = {};  // of them
  int64_t open = 0, unclear = 0;  // of the sample, not judged or not clearly
  Comparison comparison = {};
};
Json to_json(const Challenged& challenged);

// Reads alone. Throws Error: no judged images, a file that is no inspection.
Challenged run_challenge(review::Store& store, const std::filesystem::path& champion,
                         const std::filesystem::path& challenger,
                         const ChallengeOptions& options = {});

// Events "loop challenge" and "loop promote", with the hashes of the files. `result`: to_json().
int64_t record_challenge(review::Store& store, const Json& result);
int64_t record_promotion(review::Store& store, const Placed& placed);

// The file that was promoted last; empty where none was.
std::filesystem::path last_promoted(review::Store& store);

}  // namespace paucal::loop
