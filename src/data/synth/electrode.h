#pragma once
// Synthetic sheets of lithium-battery electrodes under line-scan light, with truth. The web runs
// from top to bottom. Grain, rolling marks, uneven light, dust, glue and the uncoated foil edge
// are OK; scratches, pinholes, dents and edge chips make an image NG.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "data/set/record.h"
#include "data/synth/electrode_options.h"
#include "edge/image/image.h"

namespace paucal::data {

struct SynthImage {
  edge::Image image;  // grey, of the sheet's width and height
  bool ng = false;
  std::vector<labels::Instance> instances;  // class_name: scratch, pinhole, dent or chip
  edge::Image mask;                         // grey, 255 on defects and 0 elsewhere
  std::string name;                         // "part0012_03", without folder and ending
  std::string group;                        // "part0012": images of one part look alike
};

// Throws Error where a value is out of its bounds or the values contradict each other.
void check_electrode_options(const ElectrodeOptions& options);

// Image `index` of the set: a function of the options and the index alone (count does not
// matter). With ng_share = 0 it is the same sheet, dust and noise without defects.
SynthImage make_electrode(const ElectrodeOptions& options, int64_t index);

// Writes OK/*, NG/* and, apart from what training sees, truth/annotations.json (COCO: every image,
// OK ones without annotations) and truth/masks/*.png (NG images only). The bytes do not depend on
// `threads`. An interrupted set is completed, a complete one with the same options is left as it
// is; any other folder that is not empty is refused with Error.
void write_electrode_set(const ElectrodeOptions& options, const std::filesystem::path& out,
                         int threads);

}  // namespace paucal::data
