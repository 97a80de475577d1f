#pragma once
// What judging a model asks of its task. A task is one row, in a file of its own
// (task_inspection.cpp, task_classification.cpp); nothing else of this room tells tasks apart. What
// the deployed model needs of its task, too, says the card itself (edge/post/card.h).

#include <string>
#include <vector>

#include "judge/decision_figures.h"
#include "judge/gallery_choice.h"
#include "judge/known_images.h"
#include "judge/locate_options.h"

namespace paucal::judge {

struct TaskRow {
  edge::Task task;

  // ---- Held-out images (calibrate, choose_boxes) ----

  // Images are OK or NG, and OK ones show nothing of what is looked for: they are the background
  // of heat, and defects are pasted on them.
  bool finds_defects;
  // Heat 0: the share of the background's places that stay below it.
  double background;
  // From logits to probabilities and decisions: sets card.calibration.
  void (*decide)(edge::ModelCard& card, const HeldOut& held, const LocateOptions& options);
  // That the image shows what images of class `label` show.
  double (*probability)(const edge::ModelCard& card, const RawPrediction& raw, int label);

  // ---- Figures (decision_figures) ----

  metrics::ImageFigures (*image_figures)(const edge::ModelCard& card, const Decisions& decisions);
  // One class against the images that it may be mistaken for; nothing where that says nothing.
  metrics::Number (*class_auroc)(const edge::ModelCard& card, const Decisions& decisions,
                                 int label);
  // What an image may be called: the columns of the confusion table.
  std::vector<std::string> (*outcomes)(const edge::ModelCard& card);
  // The one of them that image number `image` of `decisions` is called.
  int (*outcome)(const Decisions& decisions, size_t image);
  // The one that is right for images of class `label`.
  int (*right_outcome)(const edge::ModelCard& card, int label);

  // ---- Report ----

  std::string (*verdict)(const metrics::ImageFigures& figures);  // a sentence or two
  std::vector<GalleryPick> (*galleries)(const GalleryChoice& choice);
  // Under an image: its class and what it is called.
  std::string (*detail)(const edge::ModelCard& card, const data::Record& record,
                        const Prediction& prediction);
  // The figure of validation that is drawn over training, and its name within a sentence.
  metrics::Number metrics::ImageFigures::*watched;
  const char* watched_name;
};

const TaskRow& task_of(const edge::ModelCard& card);

// The label says that there is a defect, in a task that looks for some.
bool shows_defect(const edge::ModelCard& card, const data::Dataset& dataset,
                  const data::Record& record);

}  // namespace paucal::judge
