#pragma once
// What a semi-supervised method is. It sees views, logits and features, never pixels: what a view
// is (an image, an embedded sentence) and how it was made is the business of the data and the
// network.
//
// A method is one file: an options struct with the paper's defaults, a class behind MethodInfo,
// and one line in methods.def. docs/add-a-method.md walks through one.

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/any_options.h"
#include "semi/network.h"
#include "train/tensor_map.h"

namespace paucal::semi {

// What a method asks of the data and the trainer.
struct Needs {
  int mu = 7;                    // unlabelled samples for each labelled one, the paper's
  int weak = 1, strong = 0;      // views of each unlabelled sample, 0 … 2
  bool labelled_strong = false;  // a strong view of each labelled sample too
  bool teacher = false;          // reads Context::teacher
};

// The views of one step. The first dimension is the sample; methods may join, mix and shift views,
// but don't look inside.
struct Batch {
  at::Tensor labelled;                   // [B, ...] weak views
  at::Tensor labelled_strong;            // [B, ...] where Needs asks for it
  at::Tensor labels;                     // [B] int64
  at::Tensor labelled_index;             // [B] int64, number in the labelled set
  std::vector<at::Tensor> weak, strong;  // each [U, ...]
  at::Tensor index;                      // [U] int64, number in the unlabelled set
  // [B] and [U]: which rows of the two endless streams these are. Whatever a method draws for a row
  // hangs on its place (train/draws.h), never on its number in the batch.
  std::vector<int64_t> labelled_places, places;
};

// The run that a method belongs to.
struct Setting {
  int64_t classes = 0;
  int64_t labelled = 0, unlabelled = 0;  // samples in the sets
  int64_t batch = 0;                     // labelled samples a step
  int64_t mu = 0;
  std::vector<int64_t> labelled_classes;  // [labelled] class of each labelled sample
  std::vector<std::string> class_names;   // [classes], for the log; may be empty
  int64_t features = 0;                   // channels of Outputs::features
  uint64_t seed = 0;

  at::Tensor labelled_prior() const;  // [K] float, share of each class among the labelled samples
};

struct Context {
  Network& student;
  Network& teacher;  // the moving average of the student's weights
  int64_t step = 0;
  int64_t total_steps = 1;
  // The paper's one pass over all views; false: weak views that teach go first, without gradient,
  // which is faster and has batch statistics of its own.
  bool joint_pass = true;

  double done() const { return static_cast<double>(step) / static_cast<double>(total_steps); }
};

// What the unlabelled samples were taught, for the monitor.
struct PseudoLabels {
  at::Tensor label;       // [U] int64
  at::Tensor confidence;  // [U] float, of the prediction that the label came from
  at::Tensor weight;      // [U] float, 0 … 1: how much each one counted
};

struct Losses {
  at::Tensor labelled = {}, unlabelled = {};  // scalars; their sum is minimised
  // More figures for the log, detached.
  std::vector<std::pair<std::string, at::Tensor>> parts = {};
  PseudoLabels pseudo = {};  // undefined where a method has none
};

class Method {
 public:
  virtual ~Method() = default;
  // The forward passes of one step and its losses. Throws Error where a batch can't be used.
  virtual Losses step(const Batch& batch, const Context& context) = 0;
  // What must survive a kill beside weights: thresholds, averages, banks. Live tensors, so that
  // train::copy_state() loads them.
  virtual train::TensorMap state() const { return {}; }
  // Modules that are trained along and thrown away: projections, a rotation head. The trainer puts
  // them on its device.
  virtual std::shared_ptr<torch::nn::Module> heads() const { return nullptr; }
};

struct MethodInfo {
  std::string_view name;     // "fixmatch"
  std::string_view title;    // "FixMatch"
  std::string_view summary;  // one line
  std::string_view paper;    // "Sohn et al., NeurIPS 2020"
  Needs needs;
  AnyOptions (*options)();  // with the paper's defaults
  std::unique_ptr<Method> (*make)(const AnyOptions& options, const Setting& setting);
};

// A line of the table from an options struct and a class that is made from (options, setting).
template <class MethodClass, class OptionsStruct>
MethodInfo describe(std::string_view name, std::string_view title, std::string_view summary,
                    std::string_view paper, Needs needs) {
  return {name,
          title,
          summary,
          paper,
          needs,
          [] { return AnyOptions(OptionsStruct()); },
          [](const AnyOptions& options, const Setting& setting) -> std::unique_ptr<Method> {
            return std::make_unique<MethodClass>(options.as<OptionsStruct>(), setting);
          }};
}

// The methods of methods.def, in its order.
const std::vector<const MethodInfo*>& all_methods();
const MethodInfo& find_method(std::string_view name);  // throws Error with the known ones

}  // namespace paucal::semi
