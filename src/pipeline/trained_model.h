#pragma once
// A trained model as a run leaves it: model.safetensors (weights) and model.json (everything else
// that a prediction needs). Both are read as hostile files.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base/json.h"
#include "edge/pre/preprocess.h"
#include "models/image_model.h"
#include "train/calibration.h"

namespace paucal::pipeline {

enum class Task { kInspection, kClassification };

// How raw logits become probabilities, decisions and heat; fitted on held-out images.
struct Calibration {
  train::PlattScale ng;    // inspection: image logit → probability of NG
  double temperature = 1;  // classification: softmax(logits / temperature)
  double threshold = 0.5;  // NG from this probability on
  double heat_low = -2;    // map logit that is heat 0 …
  double heat_high = 2;    // … and heat 1: of the whole set, never of one image
  double box_heat = 0.5;   // heat from which on a place is a defect
  double box_shrink = 0;   // map cells by which a region of heat is too large on each side
  std::string threshold_rule, box_rule;  // a sentence each: how it was chosen
  std::string warning;                   // what a person should know, may be empty
};

struct TrainedModel {
  Task task = Task::kInspection;
  std::vector<std::string> classes;
  std::vector<bool> class_is_ok;
  models::ModelOptions architecture;
  edge::PreprocessOptions input;
  double top = 0.003;  // share of the map that makes the image's score
  std::string map = "cam";
  bool flips = false;
  double min_area = 4;
  int max_boxes = 100;
  Calibration calibration;
  std::shared_ptr<models::ImageModel> network;  // in evaluation mode

  // Channels of the class map. Inspection: any defect, then one a defect class where there are
  // several. Classification: one a class.
  int channels() const;
  // Of a class; -1 where it has none of its own (OK, or the only defect class).
  int64_t channel_of(int label) const;
  // inspection: for the loss, see weak::make_mil.
  std::vector<int64_t> defect_channels() const;
};

// Makes the network of `architecture` with fresh weights.
std::shared_ptr<models::ImageModel> make_network(const TrainedModel& model);

void save_model(const TrainedModel& model, const std::filesystem::path& folder);
// Throws Error that names the file and what is wrong with it.
TrainedModel load_model(const std::filesystem::path& folder);

}  // namespace paucal::pipeline
