#pragma once
// Puts the tensors of a weight file into a network, by name.

#include <filesystem>
#include <string>
#include <vector>

#include "models/image_model.h"

namespace paucal::models {

// What became of each name. `loaded` and `missing` hold names of the network, `unexpected` those
// of the file; `reshaped` and `skipped` are sentences with both shapes.
struct LoadReport {
  std::vector<std::string> loaded;
  std::vector<std::string> reshaped;    // loaded too, in another form
  std::vector<std::string> skipped;     // the head, when the classes are others
  std::vector<std::string> missing;     // kept as they were
  std::vector<std::string> unexpected;  // not used
  std::string prefix;                   // cut off the file's names, e.g. "state_dict.module."

  std::string summary() const;  // one line, for the log
};

// Strict: no tensor may be missing, unexpected or skipped. Lenient: they are reported.
enum class LoadMode { kLenient, kStrict };

// Formats: see read_weights(). Two shapes are adapted: `fc.weight` [K, C] of a linear head becomes
// [K, C, 1, 1], and a first convolution for colour is summed over its input channels for a grey
// network (which is the colour network on a grey image in three channels). Values are converted
// to the network's type. Throws Error that names every tensor of another shape, or (strict) every
// missing, unexpected or skipped one, and any with values that are not finite; the network is
// unchanged then.
LoadReport load_weights(ImageModel& model, const std::filesystem::path& path,
                        LoadMode mode = LoadMode::kLenient);

}  // namespace paucal::models
