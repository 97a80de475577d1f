#pragma once
// What the stages depend on beside files of other stages: options of the recipe, and the data set.

#include "base/json.h"

namespace paucal::pipeline {

struct RunState;

// Image files count by path, size and time, as in make: hashing the content of a large set takes
// too long. Everything that annotations say counts by content.
Json decode_key(const RunState& run);
Json data_key(const RunState& run);
Json train_key(const RunState& run);  // truth is not in it, nor are the files of the test images
Json predict_key(const RunState& run);
Json calibrate_key(const RunState& run);
Json locate_key(const RunState& run);
Json eval_key(const RunState& run);
Json galleries_key(const RunState& run);
Json reasons_key(const RunState& run);
Json report_key(const RunState& run);
Json pseudo_key(const RunState& run);

}  // namespace paucal::pipeline
