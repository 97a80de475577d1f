#pragma once
// The weights that a training begins with: published ones by the names of whoever published them,
// our own by ours.

#include <filesystem>

#include "edge/pre/preprocess.h"
#include "models/image_model.h"
#include "models/load_weights.h"
#include "models/recognise.h"

namespace paucal::models {

struct StartReport {
  std::optional<Recognised> published;
  LoadReport loaded;

  std::string summary() const;  // one line, for the log
};

// `start.weights`, a file; `start.weights_source`. `input`: what `model` will read; a published
// first convolution is adapted to it. A detector's backbone is loaded. Stages that `model` does not
// have are left out. Throws Error: as recognise() and load_weights() do, and where the file holds
// another network; the model is unchanged then.
StartReport load_start(ImageModel& model, const ModelOptions& start,
                       const edge::PreprocessOptions& input);

}  // namespace paucal::models
