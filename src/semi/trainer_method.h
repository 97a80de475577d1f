#pragma once
// A semi-supervised method as the trainer takes it: batches of the data layer become views, the
// image model a Network, and pseudo-labels are watched.

#include <memory>

#include "semi/method.h"
#include "semi/monitor.h"
#include "semi/options.h"
#include "train/method.h"

namespace paucal::semi {

// `audit` is looked at and never learnt from; it must outlive the method.
std::shared_ptr<train::Method> make_trainer_method(const SemiOptions& options,
                                                   const Setting& setting, Audit audit);

// What the batches of this method consist of: `batch` labelled images.
data::SemiShares shares_of(const SemiOptions& options, int batch);

}  // namespace paucal::semi
