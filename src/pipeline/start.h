#pragma once
// How an inspection begins with the NG images that there are: none, a few, many.

#include "data/set/record.h"
#include "pipeline/recipe.h"

namespace paucal::pipeline {

struct Start {
  std::string method;  // bank, head or both, see weak::OneClassOptions
  std::string why;     // a clause: "no NG image for training"
  int64_t ok = 0;      // images to learn from
  int64_t ng = 0;

  bool remembers() const { return method != "head"; }
};

// A box head, a second scale, a chain of runs and unlabelled images go by the class map: method
// head.
Start start_of(const Recipe& recipe, const data::Dataset& dataset);

Json to_json(const Start& start);

}  // namespace paucal::pipeline
