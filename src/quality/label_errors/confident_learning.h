#pragma once
// Wrong labels of images, from probabilities of a model that did not learn from them.

#include <span>
#include <vector>

namespace paucal::quality {

// Labels 0 … classes-1 and [N, classes] probabilities, row-major; borrowed. The probabilities must
// be out of fold, with folds by part: a model that learnt a wrong label believes it, and nothing is
// found.
struct LabelledProbabilities {
  std::span<const int> labels;
  std::span<const float> probabilities;
  int classes;
};

struct ConfidentJoint {
  int classes = 0;
  std::vector<double> thresholds;  // [classes] mean p̂ of a class over the items labelled so
  std::vector<double> counts;      // [labelled, true], calibrated: a row sums to its label's items
  std::vector<int> counted_as;     // [N] the class an item counts for; -1: for none
  double noise = 0;                // estimated share of wrong labels: off the diagonal
};

// Northcutt, Jiang and Chuang, Confident Learning (JAIR 2021), equations 1 to 3: an item labelled i
// counts as truly j where p̂_j reaches the threshold of j, the likeliest of several. A class without
// items has threshold 1. Throws Error: sizes that differ, labels outside of the classes,
// probabilities that are not finite, fewer than 2 classes.
ConfidentJoint confident_joint(const LabelledProbabilities& data);

// Each 1 where the label fits and near 0 where it does not.
struct LabelScores {
  double self_confidence;    // p̂_label
  double normalized_margin;  // (p̂_label - largest other + 1) / 2
  double weighted_entropy;   // ln(x + 1)/x of x = entropy(p̂) / ln K / p̂_label
};
std::vector<LabelScores> label_scores(const LabelledProbabilities& data);

struct LabelSuspect {
  int item;
  int label;      // given
  int suggested;  // the class it counts for
  double score;   // normalized margin
};

// Items that count for another class than their label, lowest score first: "prune by confident
// joint". Not promised: that they are wrong. They are what to look at first; classes that the model
// confuses with reason (borderline parts) come up, too, and errors that depend on the picture are
// missed.
std::vector<LabelSuspect> label_suspects(const LabelledProbabilities& data);

}  // namespace paucal::quality
