#pragma once
// What a network that is being trained sees, as a picture for events.

#include <string>
#include <vector>

#include "data/set/dataset.h"
#include "judge/raw_source.h"
#include "train/validation.h"

namespace paucal::judge {

// The image beside itself under its heat, each at most 192 pixels wide and high. Heat is that of a
// model nobody has calibrated yet, so one colour means one thing in all pictures of a run.
train::Picture training_picture(const edge::ModelCard& card, const edge::Image& image,
                                const RawPrediction& raw, std::string name);

// Places in `records` of at most `most` of them: the first of each class, the second of each, and
// so on.
std::vector<size_t> pictured(const data::Dataset& dataset, const std::vector<int>& records,
                             size_t most);

}  // namespace paucal::judge
