#pragma once
// Right for the right reason? A set that was shot in a few sittings lets a network learn the
// sitting: its verdicts are fair, and its map points elsewhere. Here is what images with parts of
// others tell of that (find_reasons.h), and what to say of it.

#include <cstdint>
#include <optional>
#include <string>

#include "base/json.h"
#include "report/report.h"

namespace paucal::judge {

// Shares of images. An NG image falls where its verdict becomes OK, or where its logit loses more
// than half of what lies between it and the median OK image.
struct Reasons {
  int64_t images = 0;             // NG images that were looked at; 0: nothing else is known
  double hot = 0;                 // of their map: the hot places, in the mean
  double falls = 0;               // once the hot places are filled from an OK image
  double stands = 0;              // that do not fall where all else is an OK image's
  std::optional<double> control;  // fall where as many other places are filled
  // OK images that rise by half of what lies between the median OK and NG image, once the same
  // places are filled from another OK image: what filling does by itself.
  std::optional<double> disturbed;
  // NG images whose hottest places on the class map and on the memory's map are the same, within 2
  // cells; where there are both.
  std::optional<double> agreement;
};

Json to_json(const Reasons& reasons);         // an empty object where there are no images
Reasons reasons_from_json(const Json& json);  // throws Json::exception where a field is missing

// What is wrong, in one sentence; empty where all is well, or too few images tell.
std::string sentence(const Reasons& reasons);

// "Does the map show what decides?"
report::Table reasons_table(const Reasons& reasons);

}  // namespace paucal::judge
