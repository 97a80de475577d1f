#pragma once
// Training a detector: the loss of its class map (MIL on OK / NG, or cross-entropy), the loss of
// its box head (box_method.h), and self-training, in one step.

#include <memory>
#include <vector>

#include "train/method.h"
#include "weak/dense/box_method.h"

namespace paucal::weak {

// `label_to_box_class[label]`: box class of an image-level class, -1 where it shows none (OK).
std::shared_ptr<train::Method> make_detection(const BoxSetting& setting,
                                              std::shared_ptr<train::MapMethod> map_method,
                                              std::vector<int> label_to_box_class);

}  // namespace paucal::weak
