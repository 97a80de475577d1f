#pragma once
// The images that a person should see first, by what the model says of them.

#include <string>
#include <vector>

#include "judge/gallery_choice.h"
#include "judge/raw_source.h"
#include "report/report.h"

namespace paucal::judge {

// Of all records of the set, in order.
std::vector<Decided> decide_all(const edge::ModelCard& card, const data::Dataset& dataset,
                                const RawSource& raw);

// At most `limit` images each: mistakes, hits, and labels that look wrong.
std::vector<GalleryPick> pick_galleries(const edge::ModelCard& card, const data::Dataset& dataset,
                                        const std::vector<Decided>& decided, size_t limit);

// One row: the image, decoded from its file, beside what is found and true. Throws Error that names
// the file.
report::GalleryRow gallery_row(const edge::ModelCard& card, const data::Dataset& dataset,
                               int record, const Prediction& prediction,
                               std::span<const edge::Box> truths, std::string detail);

}  // namespace paucal::judge
