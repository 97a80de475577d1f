#pragma once
// What may stand around the loss of the class map, in every task: a box head that is taught along
// with it (model.bbox_head), or a second scale (seam).

#include <memory>
#include <vector>

#include "pipeline/tasks.h"
#include "train/method.h"

namespace paucal::pipeline {

// What of the class map images show.
struct MapMeaning {
  bool softmax = false;           // its classes exclude each other
  std::vector<int64_t> channels;  // of each label; -1: images of it show nothing
};

// `map_method`, or a method that holds it, as the recipe asks.
std::shared_ptr<train::Method> whole_method(const Training& training,
                                            std::shared_ptr<train::MapMethod> map_method,
                                            const MapMeaning& meaning);

// Throws Error where the recipe asks for both, or for a teacher that the head cannot have.
void check_whole_method(const Recipe& recipe);

}  // namespace paucal::pipeline
