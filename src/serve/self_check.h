#pragma once
// A model file → a model that was run on this machine before it may serve.

#include <memory>
#include <string>

#include "base/result.h"
#include "serve/loaded.h"
#include "serve/models_folder.h"

namespace paucal::serve {

struct CheckedModel {
  std::shared_ptr<Loaded> model;  // without counters
  std::string how;                // "8 golden images agree"
};

// Reads by copy: whoever writes over the file later changes nothing here. Fails, place "model",
// "golden" or "predict", where the file is damaged, its card contradicts its graph, a golden image
// gets another verdict, or a number is not finite. Without golden images one made-up image of the
// largest size is run. Never throws.
Result<CheckedModel> load_checked(const FoundModel& found, int threads);

// Noise, as large as the model's input, or as one of its tiles.
edge::Image made_up_image(const edge::ModelCard& card);

}  // namespace paucal::serve
