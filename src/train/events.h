#pragma once
// What people look at while a run goes on, whatever program shows it: one interface, one writer a
// program (tensorboard.h, visualdl.h).

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/json.h"
#include "train/curves.h"
#include "train/validation.h"

namespace paucal::train {

// Hyper-parameters by name: booleans, numbers or texts.
using Settings = std::vector<std::pair<std::string, Json>>;

// A tag is a path such as "train/loss": what stands before the '/' groups what is shown. One tag is
// one kind of thing. Records reach the file at flush() or at the end. Not thread-safe. All throw
// Error where the file cannot be written.
class Events {
 public:
  virtual ~Events() = default;

  virtual void scalar(std::string_view tag, int64_t step, double value) = 0;
  virtual void image(std::string_view tag, int64_t step, const Picture& picture) = 0;
  virtual void histogram(std::string_view tag, int64_t step, const Histogram& histogram) = 0;
  virtual void pr_curve(std::string_view tag, int64_t step, const PrCurve& curve) = 0;
  // Once a run: its settings, and the tags of the scalars by which runs are compared.
  virtual void settings(const Settings& settings, const std::vector<std::string>& scalars) = 0;

  virtual void flush() = 0;
};

// The writers of an option's name ("tensorboard", "visualdl", "both", "none"), in `folder`. What an
// earlier process wrote of `first_step` and later ones is not shown.
std::vector<std::unique_ptr<Events>> open_events(const std::string& which,
                                                 const std::filesystem::path& folder,
                                                 int64_t first_step);

}  // namespace paucal::train
