#pragma once
// What people gave about places, as training sees it: in the pixels of one augmented view.

#include <vector>

#include "data/feed/batch.h"
#include "data/set/record.h"

namespace paucal::data {

// Which class a box has for a detector. Inspection: 0, any defect; classification: the number of
// its class among the set's; -1: none of them.
struct BoxClasses {
  bool any_defect = true;
  std::vector<std::string> classes = {};

  int of(const std::string& class_name) const;
};

// The given boxes and points of a record that the view still shows: boxes are cut to the view and
// dropped where less than a quarter is left. `fitted`: pixels of the fitted image → original ones;
// `view`: pixels of the view → those of the fitted image.
std::vector<Target> targets_in_view(const Record& record, const BoxClasses& classes,
                                    const edge::Geometry& fitted, const edge::Geometry& view);

// The boxes of a pasted mask [height, width]: those of its connected regions.
std::vector<Target> targets_of_mask(const std::vector<uint8_t>& mask, int width, int height);

}  // namespace paucal::data
