#pragma once
// What a model means: task, classes, what its input looks like, and how its raw logits become
// probabilities, decisions, heat and boxes. The same for the training side and the edge.

#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/result.h"
#include "edge/post/detector_card.h"
#include "edge/pre/decode.h"
#include "edge/pre/preprocess.h"

namespace paucal::edge {

enum class Task { kInspection, kClassification };
// As the model file and the recipe write it.
const char* name_of(Task task);

// p(positive) = sigmoid(a × score + b), Platt (1999).
struct PlattScale {
  double a = 1;
  double b = 0;
  double operator()(double score) const;
};

// What a threshold from OK images alone can promise (quality/conformal.h).
struct Promise {
  int64_t ok_images = 0;       // held-out ones
  double asked = 0;            // the share of false alarms that was wanted
  double false_alarms = 0;     // expected over draws of those images
  double false_alarms_95 = 0;  // that 95 of 100 draws stay below
};

// A look at a smaller copy of an image in tiles first (coarse.h), as held-out images chose it.
struct CoarseLook {
  static constexpr int kMaxShrink = 16;

  int shrink = 1;    // each way; 1: the image itself, in one pass instead of four mirrored ones
  double bound = 0;  // logit of the copy: tiles that reach it nowhere are not looked at in full
  // What those images said.
  int64_t images = 0;     // in tiles
  int64_t ng_images = 0;  // of them called NG in full, and with the copy, too
  double seen_ok = 1;     // share of tiles looked at in full in those called OK …
  double seen_ng = 1;     // … and in those called NG
};

// Fitted on held-out images.
struct Calibration {
  PlattScale ng;           // inspection: image logit → probability of NG
  double temperature = 1;  // classification: softmax(logits / temperature)
  double threshold = 0.5;  // NG from this probability on
  double heat_low = -2;    // map logit that is heat 0 …
  double heat_high = 2;    // … and heat 1: of the whole set, never of one image
  double box_heat = 0.5;   // a defect reaches as far as the heat is at least this …
  double box_peak = 0;     // … and is somewhere at least this hot, and not below box_heat
  double box_join = 0;     // map cells: regions nearer to each other are one defect
  double box_shrink = 0;   // map cells by which a region of heat is too large on each side
  std::string threshold_rule, box_rule;  // a sentence each: how it was chosen
  std::string warning;                   // what a person should know, may be empty
  std::optional<Promise> promise;        // where OK images alone chose the threshold

  void add_warning(const std::string& sentence);
};

struct ModelCard {
  static constexpr int kMaxUpscale = 8;

  Task task = Task::kInspection;
  std::vector<std::string> classes;
  std::vector<bool> class_is_ok;
  PreprocessOptions input;
  int64_t max_pixels = kMaxPixels;  // of an image that is read; larger ones were not trained on
  double top = 0.003;               // share of the map that makes the image's score
  bool tells_classes = true;        // inspection: the map tells kinds of defects apart
  int upscale = 1;                  // places of the class map a cell, each way; see sub_cells.h
  bool flips = false;               // average over the four mirrored images
  double min_area = 4;
  int max_boxes = 100;
  Calibration calibration;
  std::optional<DetectorCard> detector;  // absent: boxes are read off the heat map
  std::optional<CoarseLook> coarse;      // absent: all tiles are looked at in full

  // Channels of the class map. Inspection: any defect, then one a defect class where there are
  // several that it tells apart. Classification: one a class.
  int channels() const;
  // How its images are read; `channels` and `page` as in DecodeOptions.
  DecodeOptions decoding(int channels, int page = 1) const {
    return {channels, max_pixels, input.bits, input.depth == Depth::k16 ? 16 : 8, page};
  }
  DecodeOptions decoding() const { return decoding(input.channels); }
  // Of a class; -1 where it has none of its own (OK, or the only defect class).
  int64_t channel_of(int label) const;
  // The channel whose heat shows what images of a class show. Inspection: that of any defect.
  size_t heat_channel(int label) const;
  // Classes that a box of a detector may have. Inspection: one, any defect.
  int box_classes() const;
  // Boxes have classes of their own, beside that of their image.
  bool classifies_boxes() const { return detector && task == Task::kClassification; }
  // The image's logit comes from its hottest places, and one tile is enough: a defect is somewhere.
  // Otherwise from the mean over all places and tiles: the class is everywhere.
  bool scores_hottest() const { return task == Task::kInspection; }
};

Json to_json(const ModelCard& card);
// Hostile input: every number is bounded. Other keys are left to their owners.
Result<ModelCard> card_from_json(const Json& json);

}  // namespace paucal::edge
