#pragma once
// Image → scores, heat map, boxes. One image at a time; thread-safe for distinct models.

#include <string>
#include <vector>

#include "base/json.h"
#include "edge/image.h"
#include "edge/pre/geometry.h"
#include "pipeline/trained_model.h"

namespace paucal::pipeline {

// What the network says, before calibration.
struct RawPrediction {
  std::vector<edge::Map> maps;        // one a channel, in logits, at the network's stride
  std::vector<double> scores;         // one a channel: the image's logits
  edge::Geometry geometry;            // map pixels → original pixels
  double stride_x = 1, stride_y = 1;  // network pixels a map pixel
};

struct Prediction {
  double score = 0;        // inspection: logit of NG; classification: logit of the class
  double probability = 0;  // of NG, or of the class
  bool ng = false;         // inspection: probability >= threshold
  int label = -1;          // the most likely class (inspection: among the defects; -1: one or none)
  std::vector<double> class_probabilities;  // classification only
  std::vector<edge::ScoredBox> boxes;       // original pixels; where NG, or of the class
  edge::Map heat;                           // about 0 … 1, not clamped, at the network's stride
  edge::Geometry geometry;                  // heat pixels → original pixels
};

RawPrediction predict_raw(const TrainedModel& model, const edge::Image& image);
// The same for an image that is fitted already (training keeps such).
RawPrediction predict_fitted(const TrainedModel& model, const edge::Fitted& fitted);

Prediction interpret(const TrainedModel& model, const RawPrediction& raw);

// The map of one channel as heat.
edge::Map heat_of_channel(const TrainedModel& model, const RawPrediction& raw, size_t channel);

// Boxes at other thresholds than the calibrated ones, whatever the image's score.
struct BoxRule {
  double heat = 0.5;  // from which on a place is a defect
  double shrink = 0;  // map cells that a box loses on each side
};
std::vector<edge::ScoredBox> boxes_at(const TrainedModel& model, const edge::Map& heat,
                                      const edge::Geometry& geometry, const BoxRule& rule,
                                      double probability);

// Heat over the whole original image, at its size.
edge::Map heat_at_original(const Prediction& prediction);

Json to_json(const TrainedModel& model, const Prediction& prediction);

}  // namespace paucal::pipeline
