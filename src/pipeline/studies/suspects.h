#pragma once
// Which labels of a set look wrong: the images that a person should look at first.

#include <filesystem>
#include <string>

#include "base/json.h"
#include "pipeline/run.h"

namespace paucal::pipeline {

struct SuspectsOptions {
  std::filesystem::path work;  // folder for what is trained; what is there is not trained again
  std::filesystem::path page;  // HTML with pictures of the first ones; empty: none
  int pictures = 20;
  int folds = 4;  // trainings, where no class means OK
};

// An array, worst first, of
//   path, label, suggested
//   score   0: the label does not fit at all; 1: nothing is wrong with it
//   why     a sentence
// First the labels that a model doubts which did not learn from them: a memory of OK places where a
// class means OK, else the recipe trained options.folds times (suspect_labels.h). After them
// pictures that occur twice, or almost, under two labels or in two splits, as `data check` finds
// them. Throws Error where the recipe cannot be trained, or there are fewer than 4 groups.
Json find_suspects(const Recipe& recipe, const SuspectsOptions& options,
                   const Train& train = execute_train);

std::string suspects_text(const Json& suspects, size_t shown);  // for people

}  // namespace paucal::pipeline
