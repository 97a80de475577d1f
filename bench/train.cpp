// Images a second of a training step, as train/trainer.cpp takes it: floats to channels-last
// tensors, forward, cross-entropy, backward, gradient norm, SGD with Nesterov momentum, EMA. Data
// are random and made beforehand. One JSON object a line:
//   bench_train [seconds a case] [threads]
//   bench_train --busy N [seconds a case] [threads]
// The second form measures a large and a small case in turn alone and beside N processes that keep
// a processor busy each, and prints the median milliseconds of a step of both. How OpenMP's threads
// wait decides here, and libgomp reads that when it is loaded: OMP_WAIT_POLICY and GOMP_SPINCOUNT
// are set by the caller.
// bench/train_pytorch.py runs this in turn with PyTorch from Python.

#include <fmt/format.h>
#include <torch/torch.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <string_view>

#include "base/random.h"
#include "neighbours.h"
#include "train/ema.h"
#include "train/optimiser.h"
#include "train/runtime.h"
#include "train/supervised.h"

namespace {

using namespace paucal;

constexpr int kClasses = 10;
constexpr int kBatches = 4;  // in turn
constexpr int kWarmUp = 2;   // steps before the clock starts: oneDNN plans, memory is taken
constexpr int kTurns = 5;    // of a measurement alone and one beside neighbours

struct Case {
  const char* arch;
  int size, batch;
};

data::Batch random_batch(const Case& c, int64_t step) {
  Random random(1, 0, step);
  const size_t pixels = static_cast<size_t>(c.batch) * c.size * c.size;
  data::Batch batch;
  batch.step = step;
  batch.count = c.batch;
  batch.channels = 3;
  batch.height = batch.width = c.size;
  batch.images.resize(3 * pixels);
  for (float& value : batch.images) value = static_cast<float>(random.uniform(-2, 2));
  batch.masks.resize(pixels);
  batch.pasted.resize(c.batch);
  batch.valid_width.assign(c.batch, c.size);
  batch.valid_height.assign(c.batch, c.size);
  for (int i = 0; i < c.batch; ++i) batch.labels.push_back((i + static_cast<int>(step)) % kClasses);
  return batch;
}

class Training {
 public:
  explicit Training(const Case& c)
      : model_(models::make_model({.arch = c.arch}, kClasses)),
        average_(models::make_model({.arch = c.arch}, kClasses)),
        optimiser_(*model_, {}),
        ema_(*model_, *average_, {}),
        method_(train::make_supervised({.balance = false}, {})) {
    model_->train();
  }

  double step(const data::Batch& batch) {
    optimiser_.zero_grad();
    train::Context context{*model_, *average_, batch.step, 0};
    const auto losses = method_->step(train::to_tensors(batch, c10::kCPU), context);
    const double loss = losses.total.item<double>();
    losses.total.backward();
    optimiser_.clip_gradients(optimiser_.gradient_norm().item<double>());
    optimiser_.step();
    ema_.update();
    return loss;
  }

  int64_t parameters() const {
    int64_t count = 0;
    for (const auto& parameter : model_->parameters()) count += parameter.numel();
    return count;
  }

 private:
  std::shared_ptr<models::ImageModel> model_, average_;
  train::Optimiser optimiser_;
  train::Ema ema_;
  std::shared_ptr<train::Method> method_;
};

using Clock = std::chrono::steady_clock;

std::vector<data::Batch> random_batches(const Case& c) {
  std::vector<data::Batch> batches;
  for (int i = 0; i < kBatches; ++i) batches.push_back(random_batch(c, i));
  return batches;
}

void measure(const Case& c, double seconds) {
  const std::vector<data::Batch> batches = random_batches(c);
  Training training(c);
  for (int i = 0; i < kWarmUp; ++i) training.step(batches[i]);

  const auto start = Clock::now();
  double elapsed = 0;
  int64_t steps = 0;
  for (; elapsed < seconds; ++steps) {
    training.step(batches[steps % kBatches]);
    elapsed = std::chrono::duration<double>(Clock::now() - start).count();
  }
  fmt::print(
      "{{\"model\": \"{}\", \"size\": {}, \"batch\": {}, \"parameters\": {}, "
      "\"images_per_second\": {:.2f}}}\n",
      c.arch, c.size, c.batch, training.parameters(), steps * c.batch / elapsed);
}

// Milliseconds of each step until `seconds` are over.
void time_steps(Training& training, const std::vector<data::Batch>& batches, double seconds,
                std::vector<double>& milliseconds) {
  const auto since = [](Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
  };
  const auto start = Clock::now();
  for (size_t i = 0; since(start) < seconds; ++i) {
    const auto step = Clock::now();
    training.step(batches[i % batches.size()]);
    milliseconds.push_back(1000 * since(step));
  }
}

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

void measure_busy(const Case& c, double seconds, const bench::Neighbours& neighbours) {
  const std::vector<data::Batch> batches = random_batches(c);
  Training training(c);
  for (int i = 0; i < kWarmUp; ++i) training.step(batches[i]);
  std::vector<double> alone, busy;
  for (int turn = 0; turn < kTurns; ++turn) {
    time_steps(training, batches, seconds / kTurns, alone);
    neighbours.start();
    time_steps(training, batches, seconds / kTurns, busy);
    neighbours.stop();
  }
  const auto variable = [](const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
  };
  fmt::print(
      "{{\"model\": \"{}\", \"size\": {}, \"batch\": {}, \"busy\": {}, \"OMP_WAIT_POLICY\": "
      "\"{}\", "
      "\"GOMP_SPINCOUNT\": \"{}\", \"alone_ms\": {:.1f}, \"busy_ms\": {:.1f}, \"ratio\": "
      "{:.2f}}}\n",
      c.arch, c.size, c.batch, neighbours.count(), variable("OMP_WAIT_POLICY"),
      variable("GOMP_SPINCOUNT"), median(alone), median(busy), median(busy) / median(alone));
}

}  // namespace

int main(int argc, char** argv) {
  int neighbours = 0;
  if (argc > 2 && std::string_view(argv[1]) == "--busy") {
    neighbours = std::max(1, std::atoi(argv[2]));
    argc -= 2;
    argv += 2;
  }
  const bench::Neighbours busy(neighbours);
  const double seconds = argc > 1 ? std::atof(argv[1]) : 5;
  train::init_runtime(argc > 2 ? std::atoi(argv[2]) : 0);
  torch::manual_seed(1);
  if (neighbours > 0) {
    measure_busy({"wrn-28-2", 32, 64}, seconds, busy);
    measure_busy({"resnet10", 64, 16}, seconds, busy);  // more parallel regions a second
    return 0;
  }
  measure({"wrn-28-2", 32, 64}, seconds);
  measure({"resnet18", 224, 16}, seconds);
}
