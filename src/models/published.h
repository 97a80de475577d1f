#pragma once
// Networks whose trained weights others publish: under which names, and with which arithmetic. A
// new source is one row here, and one function that names its layers.

#include <string>
#include <string_view>
#include <vector>

#include "models/layer_list.h"

namespace paucal::models {

// What a network computes beside its weights, and what it expects of its input: (v − mean) / std of
// each channel of RGB, white being 1.
struct Arithmetic {
  double bn_eps = 1e-5;
  std::string padding = "symmetric";
  std::vector<double> mean = {0.485, 0.456, 0.406};
  std::vector<double> std = {0.229, 0.224, 0.225};

  bool operator==(const Arithmetic&) const = default;
};

struct Published {
  std::string_view arch;    // of the table in zoo.cpp
  std::string_view source;  // of weight_sources()
  std::vector<PublishedTensor> (*tensors)(std::string_view arch);
  Arithmetic arithmetic;
};

// Where several have the same names, nothing in the tensors tells them apart.
const std::vector<Published>& published_networks();

// Their sources in the order of the table, behind auto: the values of model.weights_source.
std::vector<std::string> weight_sources();

}  // namespace paucal::models
