// Images a second of FixMatch's step from image files to averaged weights: views, network, losses,
// backward pass, gradient norm, SGD, EMA, log. The images are random, written to an empty
// folder, decoded when they first come and cached, as in any run. One JSON object:
//   bench_semi FOLDER joint|split [steps] [threads] [cpu|cuda]
// bench/semi_torchssl.py runs this in turn with TorchSSL.

#include <fmt/format.h>
#include <sys/resource.h>

#include <chrono>
#include <cstdlib>

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "base/random.h"
#include "data/feed/semi_views.h"
#include "edge/pre/encode.h"
#include "semi/trainer_method.h"
#include "train/image_work.h"
#include "train/runtime.h"
#include "train/trainer.h"

namespace {

using namespace paucal;
using Clock = std::chrono::steady_clock;

constexpr int kClasses = 10, kSize = 32, kLabelled = 40, kUnlabelled = 2000;
constexpr int kWarmUp = 3;  // steps before the clock starts: oneDNN plans, memory is taken

data::Dataset write_images(const std::filesystem::path& root) {
  data::Dataset dataset;
  dataset.root = root;
  for (int c = 0; c < kClasses; ++c) dataset.classes.push_back(fmt::format("c{}", c));
  dataset.class_is_ok.assign(kClasses, false);
  for (int i = 0; i < kLabelled + kUnlabelled; ++i) {
    Random random(1, 0, i);
    edge::Image image(kSize, kSize, 3);
    for (uint8_t& value : image.pixels) value = static_cast<uint8_t>(random.uniform(0, 255));
    data::Record record;
    record.path = fmt::format("{:05}.png", i);
    write_file_atomic(root / record.path, value_or_throw(edge::encode_png(image)));
    if (i < kLabelled) {
      record.label = i % kClasses;
      record.class_name = dataset.classes[static_cast<size_t>(record.label)];
      record.split = data::Split::kTrain;
      dataset.records.push_back(std::move(record));
    } else {
      dataset.unlabelled.push_back(std::move(record));
    }
  }
  return dataset;
}

// Notes when a step begins.
class Timed : public train::Method {
 public:
  explicit Timed(std::shared_ptr<train::Method> method) : method_(std::move(method)) {}
  train::Losses step(const train::TensorBatch& batch, train::Context& context) override {
    starts_.push_back(Clock::now());
    return method_->step(batch, context);
  }
  double seconds_a_step() const {
    const std::chrono::duration<double> elapsed = starts_.back() - starts_[kWarmUp];
    return elapsed.count() / static_cast<double>(starts_.size() - 1 - kWarmUp);
  }

 private:
  std::shared_ptr<train::Method> method_;
  std::vector<Clock::time_point> starts_;
};

double peak_mib() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}

void measure(const std::string& pass, int steps, const std::string& device,
             const std::filesystem::path& folder) {
  edge::PreprocessOptions input;
  input.fit = edge::Fit::kSquash;
  input.width = input.height = kSize;
  input.normalise = edge::Normalise::kFixed;
  const data::Dataset dataset = write_images(folder);
  data::ImageCache cache(dataset, input, 1 << 20, int64_t{1} << 30);

  semi::SemiOptions options;
  options.method = "fixmatch";
  options.pass = pass;
  options.view.strong.preset = "torchssl";
  train::TrainOptions train;
  train.steps = kWarmUp + steps + 1;
  train.batch = 16;
  train.device = device;
  const data::SemiShares shares = semi::shares_of(options, train.batch);
  const data::SemiViews views(dataset, cache, options.view, input, shares, train.seed);

  semi::Setting setting;
  setting.classes = kClasses;
  setting.labelled = kLabelled;
  setting.unlabelled = kLabelled + kUnlabelled;
  for (const int record : views.labelled())
    setting.labelled_classes.push_back(dataset.at(record).label);
  setting.batch = shares.labelled;
  setting.mu = shares.unlabelled / shares.labelled;
  train::ImageWork image;
  image.model = models::make_model({.arch = "wrn-28-2"}, kClasses);
  image.average = models::make_model({.arch = "wrn-28-2"}, kClasses);
  setting.features = image.model->feature_channels();
  const auto timed = std::make_shared<Timed>(
      semi::make_trainer_method(options, setting, [](int64_t) { return -1; }));
  image.method = timed;
  image.make_batch = [&](int64_t number) { return views.batch(number); };
  train::Work work = train::work_of(std::move(image));
  train::train(train, work, {folder / "train", "bench"});

  const int images = shares.labelled + shares.unlabelled * (shares.weak + shares.strong);
  fmt::print(
      "{{\"device\": \"{}\", \"pass\": \"{}\", \"images\": {}, \"milliseconds\": {:.1f}, "
      "\"images_per_second\": {:.1f}, \"peak_mib\": {:.0f}}}\n",
      device, pass, images, 1000 * timed->seconds_a_step(), images / timed->seconds_a_step(),
      peak_mib());
}

}  // namespace

int main(int argc, char** argv) {
  if (argc < 3) {
    fmt::print(stderr, "usage: bench_semi FOLDER joint|split [steps] [threads] [cpu|cuda]\n");
    return 2;
  }
  train::init_runtime(argc > 4 ? std::atoi(argv[4]) : 0);
  measure(argv[2], argc > 3 ? std::atoi(argv[3]) : 20, argc > 5 ? argv[5] : "cpu", argv[1]);
}
