// Images a second of a training step of a detector with drawn boxes: forward, losses, backward, SGD
// with momentum, moving average. Data are random and made beforehand. One JSON object a line:
//   bench_detection_train [seconds a case] [side] [images a step]
// bench/detection_train_torchvision.py runs this in turn with torchvision on one thread.

#include <fmt/format.h>
#include <torch/torch.h>

#include <chrono>
#include <cstdlib>

#include "base/random.h"
#include "models/image_model.h"
#include "train/ema.h"
#include "train/optimiser.h"
#include "train/runtime.h"
#include "weak/dense/detection.h"
#include "weak/map/mil.h"

namespace {

using namespace paucal;

constexpr int kBoxes = 4;   // an image
constexpr int kWarmUp = 2;  // steps before the clock starts

models::ModelOptions network(const char* head) {
  models::ModelOptions options{.arch = "resnet18", .output_stride = 8};
  models::DetectorOptions& detector = options.detector;
  detector.neck = "fpn";
  detector.neck_width = 256;
  detector.bbox_head.type = head;
  detector.bbox_head.width = 256;
  detector.bbox_head.convs = 4;
  detector.bbox_head.fc = 1024;
  detector.anchors = {.sizes = {4, 5.04, 6.35}, .ratios = {.5, 1, 2}};
  detector.regions.proposals.count = 128;
  return options;
}

train::TensorBatch random_batch(int images, int side) {
  Random random(1);
  train::TensorBatch batch;
  batch.images = torch::randn({images, 3, side, side});
  batch.labels = torch::zeros({images}, at::kLong);
  batch.masks = torch::zeros({images, 1, side, side});
  batch.pasted = torch::zeros({images}, at::kBool);
  batch.valid = torch::ones({images, 1, side, side});
  batch.supervision.assign(static_cast<size_t>(images), data::Supervision::kBoxes);
  for (int i = 0; i < images; ++i) {
    auto& targets = batch.targets.emplace_back();
    for (int k = 0; k < kBoxes; ++k) {
      const auto x = static_cast<float>(random.uniform(0, side - 64));
      const auto y = static_cast<float>(random.uniform(0, side - 64));
      const auto size = static_cast<float>(random.uniform(16, 64));
      targets.push_back({{x, y, x + size, y + size}});
    }
  }
  return batch;
}

class Training {
 public:
  explicit Training(const char* head)
      : model_(models::make_model(network(head), 1, 1)),
        average_(models::make_model(network(head), 1, 1)),
        optimiser_(*model_, {.name = "sgd", .lr = 1e-4}),
        ema_(*model_, *average_, {}) {
    weak::BoxSetting setting;
    setting.detector = model_->options().detector;
    setting.detection.warmup = 0;
    method_ = weak::make_detection(setting, weak::make_mil({}, {0, -1}), {0, -1});
    model_->train();
  }

  void step(const train::TensorBatch& batch) {
    optimiser_.zero_grad();
    train::Context context{*model_, *average_, 50, 100};
    const auto losses = method_->step(batch, context);
    losses.total.backward();
    optimiser_.clip_gradients(optimiser_.gradient_norm().item<double>());
    optimiser_.step();
    ema_.update();
  }

 private:
  std::shared_ptr<models::ImageModel> model_, average_;
  train::Optimiser optimiser_;
  train::Ema ema_;
  std::shared_ptr<train::Method> method_;
};

}  // namespace

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::atof(argv[1]) : 10;
  const int side = argc > 2 ? std::atoi(argv[2]) : 256, images = argc > 3 ? std::atoi(argv[3]) : 4;
  train::init_runtime(1);
  const train::TensorBatch batch = random_batch(images, side);
  for (const char* head : {"retinanet_mil", "mil"}) {
    Training training(head);
    for (int i = 0; i < kWarmUp; ++i) training.step(batch);
    const auto start = std::chrono::steady_clock::now();
    int steps = 0;
    double passed = 0;
    while (passed < seconds) {
      training.step(batch);
      ++steps;
      passed = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    }
    fmt::print("{{\"case\": \"{}\", \"images_per_second\": {:.3f}}}\n", head,
               steps * images / passed);
    std::fflush(stdout);
  }
}
