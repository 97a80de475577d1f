#pragma once
// Does a model file say what the run's eager network says? Image by image, to the box.

#include <string>
#include <vector>

#include "edge/runtime/predictor.h"
#include "judge/trained_model.h"

namespace paucal::pipeline {

struct VerifyOptions {
  double box_tolerance = 0.1;     // pixels of the original image
  double score_tolerance = 1e-3;  // of logits
};

// How far one image's two predictions lie apart.
struct Difference {
  std::string path;
  double score = 0;   // logits
  double map = 0;     // largest of any channel, logits
  double box = 0;     // largest of any side, pixels of the original image
  std::string wrong;  // what is not the same, a sentence; empty: all within the tolerances
};

// What a look at a smaller copy first changes, against all tiles in full: both by the model file.
struct CoarseCheck {
  int images = 0, ng_images = 0;    // for which it is made; those called NG in full
  int missed = 0;                   // of the latter, called OK
  int other_boxes = 0;              // called NG by both, with another number of boxes
  double probability = 0;           // the largest difference
  double seen_ok = 0, seen_ng = 0;  // sums over images: the share of tiles looked at in full
  double most_missed = 0;           // share of NG images, by the card (judge/choose_coarse.h)

  bool within_bound() const { return missed <= most_missed * ng_images; }
};

struct Verification {
  int images = 0;
  int unreadable = 0;
  CoarseCheck coarse;
  double score = 0, map = 0, box = 0;  // the largest of all images
  std::vector<Difference> wrong;

  bool passed() const { return images > 0 && wrong.empty() && coarse.within_bound(); }
};

// All tiles in full on both sides.
Difference compare(const judge::TrainedModel& eager, edge::Predictor& exported,
                   const edge::Image& image, const VerifyOptions& options);

// Image file by image file. Unreadable ones are counted: both sides refuse them alike.
Verification verify(const judge::TrainedModel& eager, edge::Predictor& exported,
                    const std::vector<std::string>& files, const VerifyOptions& options);

}  // namespace paucal::pipeline
