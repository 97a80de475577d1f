#pragma once
// The images that training sees without a label, numbered from 0: all of Split::kTrain, for an
// image with a label says something without it too, then Dataset::unlabelled and Dataset::index.
// Memory grows with the training images alone.

#include "data/set/record.h"

namespace paucal::data {

class UnlabelledSet {
 public:
  explicit UnlabelledSet(const Dataset& dataset)  // must outlive this
      : dataset_(&dataset), labelled_(dataset.indices(Split::kTrain)) {}

  int64_t size() const { return std::ssize(labelled_) + dataset_->unlabelled_count(); }

  // Of Dataset: ImageCache::get() takes it.
  int number(int64_t i) const {
    return i < std::ssize(labelled_)
               ? labelled_[static_cast<size_t>(i)]
               : static_cast<int>(std::ssize(dataset_->records) + i - std::ssize(labelled_));
  }

 private:
  const Dataset* dataset_;
  std::vector<int> labelled_;
};

}  // namespace paucal::data
