// Images a second of a training step, as train/trainer.cpp takes it: floats to channels-last
// tensors, forward, cross-entropy, backward, gradient norm, SGD with Nesterov momentum, EMA. Data
// are random and made beforehand. One JSON object a line:
//   bench_train [seconds a case] [threads]
// bench/train_pytorch.py runs this in turn with PyTorch from Python.

#include <fmt/format.h>
#include <torch/torch.h>

#include <chrono>
#include <cstdlib>

#include "base/random.h"
#include "train/ema.h"
#include "train/optimiser.h"
#include "train/runtime.h"
#include "train/supervised.h"

namespace {

using namespace paucal;

constexpr int kClasses = 10;
constexpr int kBatches = 4;  // in turn
constexpr int kWarmUp = 2;   // steps before the clock starts: oneDNN plans, memory is taken

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

void measure(const Case& c, double seconds) {
  using Clock = std::chrono::steady_clock;
  std::vector<data::Batch> batches;
  for (int i = 0; i < kBatches; ++i) batches.push_back(random_batch(c, i));
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

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 5;
  train::init_runtime(argc > 2 ? std::atoi(argv[2]) : 0);
  torch::manual_seed(1);
  measure({"wrn-28-2", 32, 64}, seconds);
  measure({"resnet18", 224, 16}, seconds);
}
