#include "train/update.h"

#include <torch/torch.h>

#include <cmath>
#include <set>

#include "base/random.h"
#include "models/autocast.h"

namespace paucal::train {
namespace {

constexpr uint64_t kDropoutStream = 0x64726f70;  // "drop"

// Values of scalars. Those on a CUDA device come in one transfer: each one waits for the device.
std::vector<double> on_host(const std::vector<at::Tensor>& scalars) {
  std::vector<at::Tensor> away;
  for (const at::Tensor& scalar : scalars)
    if (scalar.is_cuda()) away.push_back(scalar.to(at::kDouble).reshape({}));
  if (!away.empty()) away = torch::stack(away).cpu().unbind();
  auto next = away.begin();
  std::vector<double> values;
  for (const at::Tensor& scalar : scalars)
    values.push_back((scalar.is_cuda() ? *next++ : scalar).item<double>());
  return values;
}

// What the passes over the batches of one update leave.
struct Passes {
  std::vector<at::Tensor> losses;
  std::vector<std::pair<std::string, at::Tensor>> parts;  // of the first loss
  std::vector<int64_t> records;
};

Passes pass(const TrainOptions& options, const Work& work, const Learner& learner,
            data::Loader<HostBatch>& batches, const StepContext& context) {
  Passes passes;
  for (int i = 0; i < options.accumulate; ++i) {
    const HostBatch batch = batches.next();
    passes.records.insert(passes.records.end(), batch.records().begin(), batch.records().end());
    Losses losses;
    {
      const models::InBf16 in_bf16(learner.bf16);
      losses = work.step(batch, context);
    }
    (losses.total / options.accumulate).backward();
    passes.losses.push_back(losses.total.detach());
    if (i == 0)
      for (const auto& [name, part] : losses.parts) passes.parts.emplace_back(name, part.detach());
  }
  return passes;
}

[[noreturn]] void refuse(const Work& work, const std::vector<int64_t>& records, int64_t step,
                         std::string_view what, double value) {
  std::vector<std::string> names;
  for (const int64_t record : std::set<int64_t>(records.begin(), records.end()))
    names.push_back(work.name ? work.name(record) : std::to_string(record));
  fail("train",
       "step {}: the {} is {}, expected a finite number; in the batch: {}. "
       "A lower train.optimiser.lr or train.optimiser.clip_norm=1 often helps",
       step, what, value, fmt::join(names, ", "));
}

}  // namespace

UpdateFigures update(const TrainOptions& options, const Work& work, Learner& learner,
                     data::Loader<HostBatch>& batches, int64_t step, int64_t total) {
  work.model->train();
  // Dropout alone draws from libtorch's generators, for a batch and not by row. Seeded by the step,
  // they have no state that must survive a kill.
  torch::manual_seed(Random(options.seed, kDropoutStream, static_cast<uint64_t>(step)).next());
  learner.optimiser.zero_grad();
  learner.optimiser.freeze_slow(static_cast<double>(step) <
                                options.freeze_epochs * static_cast<double>(work.steps_per_epoch));
  const Passes passes =
      pass(options, work, learner, batches,
           {*work.model, *work.average, learner.device, step, total, options.seed});
  std::vector<at::Tensor> scalars = passes.losses;
  scalars.push_back(learner.optimiser.gradient_norm());
  for (const auto& [name, part] : passes.parts) scalars.push_back(part);
  const std::vector<double> values = on_host(scalars);

  UpdateFigures figures;
  auto value = values.begin();
  for (int i = 0; i < options.accumulate; ++i, ++value) {
    if (!std::isfinite(*value)) refuse(work, passes.records, step, "loss", *value);
    figures.loss += *value / options.accumulate;
  }
  figures.rows = std::ssize(passes.records);
  figures.gradient_norm = *value++;
  if (!std::isfinite(figures.gradient_norm))
    refuse(work, passes.records, step, "gradient norm", figures.gradient_norm);
  for (const auto& [name, part] : passes.parts) figures.parts.emplace_back(name, *value++);

  learner.optimiser.clip_gradients(figures.gradient_norm);
  const double scale = lr_at(step, total, options.schedule);
  figures.learning_rate = scale * options.optimiser.lr;
  learner.optimiser.step(scale);
  learner.ema.update();
  return figures;
}

}  // namespace paucal::train
