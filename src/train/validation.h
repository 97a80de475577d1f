#pragma once
// What a look at the validation images leaves.

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/files.h"

namespace paucal::train {

// Name and value; a value that is not finite is undefined.
using Metrics = std::vector<std::pair<std::string, double>>;

// A picture for people: a whole PNG file.
struct Picture {
  std::string name;
  int width = 0, height = 0;
  Bytes png;
};

// How sure the network is, of each record, that it is positive.
struct Scores {
  std::string name;                   // of what "positive" means
  std::vector<double> probabilities;  // 0 … 1
  std::vector<uint8_t> positive;      // as many
};

struct Validation {
  Validation(Metrics of_network = {}) : metrics(std::move(of_network)) {}  // NOLINT: figures alone

  Metrics metrics;
  // For events (train.events); may be empty.
  std::vector<Picture> pictures = {};
  std::vector<Scores> scores = {};
};

}  // namespace paucal::train
