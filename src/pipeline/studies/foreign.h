#pragma once
// Unlabelled images of foreign content: those that look like nothing the labels show.

#include <filesystem>
#include <vector>

#include "base/json.h"
#include "data/set/record.h"
#include "judge/classify.h"

namespace paucal::pipeline {

// An image looks foreign where its features lie farther from those of held-out images with a label
// than held-out images lie from each other: cosine distance to the 5th nearest (Sun et al., Deep
// nearest neighbours, ICML 2022), beyond that of 95 % of the held-out ones, each measured against
// the rest. So 5 % of unlabelled images of the same content are flagged too.
//   images, held_out   how many were looked at
//   flagged, expected  shares of the unlabelled images: seen, and without foreign content (.05)
//   by_chance          what the share may come to without foreign content: mean + 3 deviations,
//                      at least .1
//   found              flagged > by_chance
//   most               paths of the five most foreign ones
// `list` becomes path,distance,limit,called,confidence of those flagged, the most foreign first.
// Empty where there are no unlabelled images; {held_out, needed} where fewer than 20 are held out.
Json foreign_content(const data::Dataset& dataset, const std::vector<judge::Classified>& held_out,
                     const std::vector<judge::Classified>& unlabelled,
                     const std::filesystem::path& list);

}  // namespace paucal::pipeline
