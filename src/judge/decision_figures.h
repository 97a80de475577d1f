#pragma once
// How good decisions on whole images are.

#include "edge/post/interpret.h"
#include "metrics/figures.h"

namespace paucal::judge {

// Of the images that are judged, in one order.
struct Decisions {
  std::vector<int> labels, predicted;  // true and called class
  std::vector<uint8_t> ng, called_ng;  // inspection
  std::vector<double> probabilities;   // of NG, or of the called class
  std::vector<int> groups;             // images of one part

  void add(int label, bool is_ng, int group, const edge::Prediction& prediction);
};

// Of parts, in the order in which they come: each is NG if any of its views is, and is called what
// its worst view is, the one of the largest probability of NG. `parts`: the name of each image's.
Decisions by_part(const Decisions& images, const std::vector<std::string>& parts);

// As the card's task counts (task.h), by one of the two that follow.
metrics::ImageFigures image_figures(const edge::ModelCard& card, const Decisions& decisions);
metrics::ImageFigures figures_of_inspection(const edge::ModelCard& card,
                                            const Decisions& decisions);
metrics::ImageFigures figures_of_classes(const edge::ModelCard& card, const Decisions& decisions);

// Of class `label`: an inspection sets each defect class against all OK images.
metrics::ClassFigures class_figures(const edge::ModelCard& card, const Decisions& decisions,
                                    int label);

metrics::ConfusionFigures confusion_figures(const edge::ModelCard& card,
                                            const Decisions& decisions);

}  // namespace paucal::judge
