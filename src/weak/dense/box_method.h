#pragma once
// What teaches the box head of a detector (models/box_head.h). A kind of head is one file: a class
// behind BoxMethodInfo, and one line in box_methods.def, under the name of model.bbox_head.type.
//
// Every method takes what each image of the batch offers (data::Supervision), whatever that is: a
// label alone, "nothing here", points, boxes, or guesses with a weight.

#include <memory>
#include <string_view>
#include <vector>

#include "models/box_head.h"
#include "train/method.h"
#include "weak/dense/detection_options.h"

namespace paucal::weak {

// One step, as a box method sees it.
struct BoxStep {
  models::BoxHead& detector;
  const models::BoxHead::Seen& seen;  // of the batch, with gradient
  const train::TensorBatch& batch;
  at::Tensor present;  // [N, K] float: 1 where an image shows the box class, by its label
  int64_t step = 0;
  int64_t total_steps = 1;
  uint64_t seed = 0;  // of the run

  double done() const { return static_cast<double>(step) / static_cast<double>(total_steps); }
};

class BoxMethod {
 public:
  virtual ~BoxMethod() = default;
  // Throws Error where a batch can't be used.
  virtual train::Losses losses(const BoxStep& step) = 0;
  virtual train::TensorMap state() const { return {}; }
  virtual void load_state(const train::TensorMap&) {}
};

// Where the class map shows the box classes.
struct MapChannels {
  std::vector<int> channels = {};  // [K] channel of each box class; empty: its own number
  bool softmax = false;  // the map's classes exclude each other (cross-entropy), or don't (MIL)
};

// The run that a method belongs to.
struct BoxSetting {
  models::DetectorOptions detector;
  DetectionOptions detection;
  int classes = 1;  // of boxes
  MapChannels map = {};
};

struct BoxMethodInfo {
  std::string_view name;
  std::unique_ptr<BoxMethod> (*make)(const BoxSetting& setting);
};

// The methods of box_methods.def, in its order.
const std::vector<const BoxMethodInfo*>& all_box_methods();
std::unique_ptr<BoxMethod> make_box_method(const BoxSetting& setting);

}  // namespace paucal::weak
