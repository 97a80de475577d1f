#pragma once
// Methods side by side: the same data, budget and seeds, only the method and the number of labels
// differ.

#include <filesystem>
#include <string>
#include <vector>

#include "base/json.h"
#include "pipeline/run.h"

namespace paucal::pipeline {

struct CompareOptions {
  std::vector<std::string> methods = {"supervised", "fixmatch", "flexmatch", "freematch"};
  std::vector<int64_t> labels = {40, 250};
  int64_t seeds = 3;
  static constexpr int64_t kMostLabels = 1'000'000'000;

  int64_t test = 0;  // test images that are looked at, evenly over the split; 0: all
};

// Trains every combination into DIR/METHOD-LABELS-SEED, one after another, and writes after each
//   DIR/compare.json  results[]: method, labels, seed, error (share of test images), seconds
//   DIR/compare.html  the table and a plot
// What is there already is not done again. Throws Error where there are no test images, or a number
// of labels is not within 1 … kMostLabels.
Json compare_methods(const Recipe& recipe, const CompareOptions& options,
                     const std::filesystem::path& folder, const Train& train = execute_train);

// For people: a line a method, a column a number of labels, mean ± standard deviation of the error.
std::string compare_table(const Json& report);

}  // namespace paucal::pipeline
