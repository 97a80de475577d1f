#pragma once
// Whether the networks of a run compute in bfloat16 (train.precision). Decided once, and written to
// precision.json in the folder of the training.

#include <c10/core/Device.h>

#include <filesystem>
#include <functional>
#include <string>

#include "base/json.h"

namespace paucal::train {

// Seconds that a forward and a backward pass take.
struct StepSeconds {
  double f32 = 0, bf16 = 0;  // 0: not measured
};

struct Precision {
  std::string asked = "device";  // the option
  bool bf16 = false;
  std::string why = {};  // a part of a sentence
  StepSeconds seconds = {};
};

// Throws Json::exception where a key is missing or of another type.
Json to_json(const Precision& precision);
Precision precision_from_json(const Json& json);

// Whether the processor, and the operating system, offer AVX512-BF16 or AMX-BF16. Without them
// bfloat16 is 20 to 30 times slower than float.
bool processor_has_bf16();

// The rule of each name (train_options.h). `native`: processor_has_bf16(), where the device is the
// processor. `measure` is called by "auto" alone, where only a measurement can tell.
Precision choose_precision(const std::string& asked, c10::Device device, bool native,
                           const std::function<StepSeconds()>& measure);

// The decision of the run with this fingerprint in `folder`. One by "auto" that an earlier process
// wrote there is kept, since another measurement might say something else; else it is made, and
// written. Throws Error where the file there is damaged or can't be written.
Precision settle_precision(const std::string& asked, c10::Device device,
                           const std::filesystem::path& folder, const std::string& fingerprint,
                           const std::function<StepSeconds()>& measure);

}  // namespace paucal::train
