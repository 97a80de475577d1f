#pragma once
// Network → scores, decision, heat map, boxes. The network itself is a function, so that training
// (eager modules) and the edge (static graph) share every other step.

#include <functional>
#include <span>
#include <vector>

#include "edge/image/image.h"
#include "edge/machine/pool.h"
#include "edge/post/boxes.h"
#include "edge/post/card.h"
#include "edge/pre/geometry.h"

namespace paucal::edge {

// One float an element, channels first: [channels, height, width].
struct Planes {
  int channels = 0, height = 0, width = 0;
  std::vector<float> values;

  size_t plane() const { return static_cast<size_t>(height) * width; }
};

// Class maps, in logits.
struct NetworkOutput {
  Planes maps = {};  // [card.channels(), h, w]
  Planes heat = {};  // other maps to locate by; empty: `maps`
  // A detector's dense head, level by level, finest first: [A · K, h, w] and [A · 4, h, w].
  std::vector<Planes> logits = {}, deltas = {};
  std::vector<ScoredBox> boxes = {};  // a detector's region head: network pixels
};
using Network = std::function<Result<NetworkOutput>(const Planes& canvas)>;

// Networks that look at tiles side by side, one a thread of the pool. What comes out does not
// depend on how many there are.
struct Crew {
  Pool& pool;
  std::span<const Network> networks;  // at least pool.threads()
};

// What the network says, before calibration.
struct RawPrediction {
  std::vector<Map> maps;              // one a channel, in logits, at the network's stride
  std::vector<double> scores;         // one a channel: the image's logits, of cells that count
  Geometry geometry;                  // map pixels → original pixels
  double stride_x = 1, stride_y = 1;  // network pixels a map pixel
  // A detector's, in original pixels, suppressed, of any score above its card's nms.score.
  std::vector<ScoredBox> boxes;
  double seen = 1;  // share of the tiles that were looked at in full; see coarse.h
};

struct Prediction {
  double score = 0;        // inspection: logit of NG; classification: logit of the class
  double probability = 0;  // of NG, or of the class
  bool ng = false;         // inspection: probability >= threshold
  int label = -1;          // the most likely class (inspection: among the defects; -1: one or none)
  std::vector<double> class_probabilities;  // classification only
  std::vector<ScoredBox> boxes;             // original pixels; where NG, or of the class
  Map heat;                                 // about 0 … 1, not clamped, at the network's stride
  Geometry geometry;                        // heat pixels → original pixels
  Region region;                            // of the original image: what counts
};

// Fails where the network does, or says something that the card does not expect, or no cell of the
// map counts.
Result<RawPrediction> predict_raw(const ModelCard& card, const Fitted& fitted,
                                  const Network& network);
// The same; an image that is no larger than a tile is for the first of the crew.
Result<RawPrediction> predict_raw(const ModelCard& card, const Fitted& fitted, const Crew& crew);
// The same of an image that is seen as a whole, such as a tile: its scores are empty where no cell
// counts.
Result<RawPrediction> predict_view(const ModelCard& card, const Fitted& fitted,
                                   const Network& network);

Prediction interpret(const ModelCard& card, const RawPrediction& raw);

// The logit whose heat this is.
double logit_of_heat(const Calibration& calibration, double heat);

// The map of one channel as heat. A cell that is hidden (pre/region.h) is as cold as the coldest,
// and at most 0.
Map heat_of_channel(const ModelCard& card, const RawPrediction& raw, size_t channel);

// Boxes at other thresholds than the calibrated ones, whatever the image's score.
struct BoxRule {
  double heat = 0.5;  // a defect reaches as far as the heat is at least this
  double peak = 0;    // and is somewhere at least this hot, and not below `heat`
  double join = 0;    // map cells: regions nearer to each other are one defect
  double shrink = 0;  // map cells that a box loses on each side
};
BoxRule rule_of(const Calibration& calibration);
std::vector<ScoredBox> boxes_at(const ModelCard& card, const Map& heat, const Geometry& geometry,
                                const BoxRule& rule, double probability);

// A detector's boxes of at least this probability.
std::vector<ScoredBox> boxes_from(const RawPrediction& raw, double score);

// Heat over the whole original image, at its size; what does not count is as cold as the coldest,
// and at most 0.
Map heat_at_original(const Prediction& prediction);

Json to_json(const ModelCard& card, const Prediction& prediction);

}  // namespace paucal::edge
