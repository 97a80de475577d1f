#pragma once
// Whether annotations were drawn on the images that they are used for.

#include <span>

#include "data/set/truth_table.h"

namespace paucal::data {

// Notes the size that an annotation states of its image, to be compared by name_misfits().
void state_size(const labels::Annotated& annotated, Record& record);

// Problems of one image: objects outside of it; and where there are objects, a size that an
// annotation states and the upright image does not have. Forgets the stated sizes.
void name_misfits(Record& record, std::span<const labels::Instance> objects,
                  std::vector<Problem>& problems);

// Of all records, what measures and what trains.
void name_misfits(LabelledSet& set);

}  // namespace paucal::data
