#pragma once
// What a weight file holds.

#include <cstdint>
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "models/weight_table.h"

namespace paucal::models {

struct WeightFacts {
  std::string format;
  uint64_t size = 0;  // bytes
  std::string sha256;
  size_t tensors = 0;
  int64_t parameters = 0;               // learnt numbers: no running statistics, no counters
  std::map<std::string, size_t> types;  // tensors by type: "Float"
  std::string network;                  // "efficientnet_lite0 (timm)", or why none is known
  std::string prefix;                   // of its names in the file: "state_dict.module."
  std::vector<std::string> not_finite;  // names of tensors
  const WeightRow* row = nullptr;       // whose SHA-256 it has
};

// Reads all of it. Throws Error: unreadable, unknown or broken.
WeightFacts check_weights(const std::filesystem::path& path);

}  // namespace paucal::models
