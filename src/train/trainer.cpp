#include "train/trainer.h"

#include <torch/torch.h>

#include <chrono>
#include <cmath>

#include "base/host/log.h"
#include "base/host/progress.h"
#include "train/precision.h"
#include "train/recorder.h"
#include "train/time_steps.h"
#include "train/update.h"

namespace paucal::train {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

int64_t total_steps(const TrainOptions& options, const Work& work) {
  if (options.steps > 0) return options.steps;
  return std::max<int64_t>(1, std::llround(options.epochs * work.steps_per_epoch));
}

struct Run {
  const TrainOptions& options;
  Work& work;
  Learner& learner;
  Keeper& keeper;
  Recorder& recorder;
  Position& position;
};

void use(const Run& run, at::Tensor seen) {
  run.position.seen = std::move(seen);
  if (run.work.survey.use) run.work.survey.use(run.position.seen);
}

void look(const Run& run) {
  run.work.average->eval();
  use(run, run.work.survey.look(*run.work.average));
}

void validate(const Run& run) {
  Position& position = run.position;
  run.work.average->eval();
  const Validation validation = run.work.validate(*run.work.average);
  const Metrics& metrics = validation.metrics;
  run.recorder.validation(position.step, validation, *run.work.average);
  if (metrics.empty()) return;
  const auto& [name, score] = metrics[0];
  log::debug("step {}: validation {} {:.4f}", position.step, name, score);
  if (!std::isfinite(score))
    log::warn("train: step {}: validation {} is undefined and is not compared", position.step,
              name);
  if (position.best.offer(score, position.step)) run.keeper.save_best(position);
}

// The batches of the updates up to the next look: none is made before it.
data::Loader<HostBatch> loader_until(const Run& run, int64_t end) {
  const int64_t batches = run.options.accumulate;
  return {run.work.make, run.position.step * batches, end * batches, run.options.loader};
}

// All updates that are left; the samples that they saw.
int64_t loop(const Run& run) {
  Position& position = run.position;
  const int64_t eval_every =
      std::max<int64_t>(1, std::llround(run.options.eval_epochs * run.work.steps_per_epoch));
  Progress progress("train", position.total);
  progress.set(position.step);
  auto saved = Clock::now();
  int64_t rows = 0;
  while (position.step < position.total) {
    if (is_look(run.work.survey, position.step, position.total)) look(run);
    const int64_t until = next_look(run.work.survey, position.step, position.total);
    auto batches = loader_until(run, until);
    while (position.step < until) {
      const UpdateFigures figures =
          update(run.options, run.work, run.learner, batches, position.step, position.total);
      rows += figures.rows;
      run.recorder.update(++position.step, figures);
      progress.set(position.step, fmt::format("loss {:.4f}", figures.loss));
      const bool last = position.step == position.total;
      if (run.work.validate && (last || position.step % eval_every == 0)) validate(run);
      if (last || seconds_since(saved) >= run.options.checkpoint_seconds) {
        run.keeper.save_last(position);
        saved = Clock::now();
      }
    }
  }
  run.recorder.flush();
  return rows;
}

void take_best(const Run& run) {
  if (run.position.best.exists())
    run.keeper.take_best();
  else if (run.work.validate)
    log::warn("train: no validation had a defined metric: the last weights are kept");
}

bool takes_bf16(const TrainOptions& options, const Work& work, const Learner& learner,
                const Position& position, const TrainFolder& folder) {
  const auto measure = [&] {
    return time_steps(
        work,
        {*work.model, *work.average, learner.device, position.step, position.total, options.seed},
        position.step * options.accumulate);
  };
  return settle_precision(options.precision, learner.device, folder.folder, folder.fingerprint,
                          measure)
      .bf16;
}

}  // namespace

TrainResult train(const TrainOptions& options, Work& work, const TrainFolder& folder) {
  std::filesystem::create_directories(folder.folder);
  Learner learner(options, work);
  Keeper keeper(folder, work, learner);
  Position position;
  const auto left = keeper.resume();
  if (left) position = *left;
  position.total = total_steps(options, work);
  Recorder recorder(folder.folder, position.step, {options.events, folder.settings});
  const Run run{options, work, learner, keeper, recorder, position};
  if (position.seen.defined()) use(run, position.seen);
  if (position.step < position.total)
    learner.bf16 = takes_bf16(options, work, learner, position, folder);
  if (left) log::info("train: going on at step {} of {}", position.step, position.total);

  TrainResult result;
  result.steps = position.total;
  result.resumed_from = position.step;
  const auto start = Clock::now();
  if (position.step < position.total)
    result.samples_per_second = static_cast<double>(loop(run)) / seconds_since(start);
  if (options.keep == "best") take_best(run);
  result.best = position.best;
  work.average->eval();
  return result;
}

}  // namespace paucal::train
