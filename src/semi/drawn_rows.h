#pragma once
// The views of a batch, named for train::draw_rows().

#include "data/feed/batch.h"
#include "semi/method.h"
#include "train/draws.h"

namespace paucal::semi {

using data::View;

// The nth view of a kind. The batch must outlive it.
inline train::DrawnRows drawn_rows(const Batch& batch, View view, int nth = 0) {
  const bool labelled = view == View::kLabelled || view == View::kLabelledStrong;
  return {labelled ? batch.labelled_places : batch.places, data::view_number(view, nth)};
}

}  // namespace paucal::semi
