#pragma once
// Labels of images against what is said of them by a model that did not learn from them.

#include <filesystem>
#include <string>
#include <vector>

#include "judge/raw_store.h"
#include "pipeline/run.h"

namespace paucal::pipeline {

struct LabelSuspect {
  int record = -1;
  int suggested = -1;  // a class; -1: none of those that there are
  double score = 1;    // 0: the label does not fit at all
  std::string why = {};
};

// A trained and calibrated folder.
struct Judged {
  RunState run;
  edge::ModelCard card;
  judge::RawStore raw;
};
Judged judged(const Recipe& recipe, const std::filesystem::path& folder, const Train& train);

// The recipe with a memory of OK places instead of what it would train.
Recipe remembering(Recipe recipe);

// Worst first. A memory judges each OK image as if it had not seen the image's group, and NG images
// are never in it: all its distances are held out. It looks twice, the second time without the
// tenth of the OK images that lay farthest off: an NG image among them would make all of its kind
// look familiar. Distances become probabilities by the other groups,
// and labels are suspected by confident learning; NG labels of all kinds are one. Where every label
// is OK, suspects lie farther off than one in a thousand would, by the nearer half of the images.
// Throws Error: fewer than 4 groups.
std::vector<LabelSuspect> suspects_by_memory(const Judged& judged);

// Worst first, by confident learning: trains the recipe `folds` times in folders below `work`, each
// time without a part of the groups, and asks about that part. Throws Error: fewer than 4 groups.
std::vector<LabelSuspect> suspects_by_folds(const Recipe& recipe, const data::Dataset& dataset,
                                            int folds, const std::filesystem::path& work,
                                            const Train& train);

}  // namespace paucal::pipeline
