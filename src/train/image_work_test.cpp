#include "train/image_work.h"

#include <gtest/gtest.h>
#include <torch/torch.h>
#include <unistd.h>

#include <filesystem>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "train/supervised.h"
#include "train/trainer.h"

namespace paucal::train {
namespace {

namespace fs = std::filesystem;

data::Batch stripes(int64_t number) {
  std::vector<data::Sample> samples;
  for (int i = 0; i < 4; ++i) {
    data::Sample sample;
    sample.record = static_cast<int>(number) * 4 + i;
    sample.label = i % 2;
    sample.channels = 1;
    sample.width = sample.height = 16;
    Random random(5, 1, static_cast<uint64_t>(sample.record));
    for (int p = 0; p < 256; ++p)
      sample.image.push_back(static_cast<float>(random.normal() + (i % 2 ? 1 : -1)));
    samples.push_back(std::move(sample));
  }
  return data::collate(std::move(samples), number, 16);
}

ImageWork image_task() {
  const models::ModelOptions architecture{
      .arch = "resnet10", .channels = 1, .width = 4, .dropout = .2};
  ImageWork image;
  image.model = models::make_model(architecture, 2);
  image.average = models::make_model(architecture, 2);
  image.method = make_supervised({}, {1, 1});
  image.steps_per_epoch = 5;
  image.make_batch = stripes;
  image.name = [](int64_t record) { return fmt::format("NG/{}.jpg", record); };
  image.validate = [](const std::shared_ptr<models::ImageModel>& network) {
    const torch::NoGradGuard no_grad;
    return Metrics{
        {"score", network->forward(torch::ones({1, 1, 16, 16})).map.mean().item<double>()}};
  };
  return image;
}

TrainOptions short_run() {
  TrainOptions options;
  options.epochs = 2;
  options.device = "cpu";
  options.checkpoint_seconds = 0;
  return options;
}

TEST(ImageWork, StoppedAndResumedEqualsNeverStopped) {
  const fs::path folder = fs::temp_directory_path() / fmt::format("paucal_image_{}", ::getpid());
  const auto train_in = [&](const char* name, int64_t stop) {
    ImageWork image = image_task();
    image.make_batch = [stop](int64_t number) {
      if (number == stop) fail("test", "stopped");
      return stripes(number);
    };
    Work work = work_of(std::move(image));
    return train(short_run(), work, {folder / name, "same"});
  };
  EXPECT_THROW(train_in("stopped", 6), Error);
  EXPECT_EQ(train_in("stopped", -1).resumed_from, 6);
  train_in("whole", -1);
  for (const char* file : {"last.safetensors", "best.safetensors", "metrics.jsonl"})
    EXPECT_EQ(read_text(folder / "stopped" / file), read_text(folder / "whole" / file)) << file;
  fs::remove_all(folder);
}

// The seed of the run that each step is told.
class SeedMethod : public Method {
 public:
  Losses step(const TensorBatch& batch, Context& context) override {
    seeds.push_back(context.seed);
    return {context.model.forward(batch.images).map.square().mean(), {}};
  }
  std::vector<uint64_t> seeds;
};

TEST(ImageWork, TellsTheMethodTheSeedOfTheRun) {
  const fs::path folder = fs::temp_directory_path() / fmt::format("paucal_seed_{}", ::getpid());
  const auto method = std::make_shared<SeedMethod>();
  ImageWork image = image_task();
  image.method = method;
  image.validate = nullptr;
  TrainOptions options = short_run();
  options.steps = 2;
  options.seed = 11;
  Work work = work_of(std::move(image));
  train(options, work, {folder, "same"});
  EXPECT_EQ(method->seeds, (std::vector<uint64_t>{11, 11}));
  fs::remove_all(folder);
}

TEST(ImageWork, ValidatesTheNetworkThatItIsHanded) {
  Work work = work_of(image_task());
  const auto other =
      models::make_model({.arch = "resnet10", .channels = 1, .width = 4, .seed = 9}, 2);
  other->eval();
  work.average->eval();
  EXPECT_NE(work.validate(*other).metrics, work.validate(*work.average).metrics);
  torch::nn::Linear linear(1, 1);
  EXPECT_THROW(work.validate(*linear), Error);
  EXPECT_EQ(work.name(7), "NG/7.jpg");
  EXPECT_EQ(work.make(1).records(), (std::vector<int64_t>{4, 5, 6, 7}));
}

}  // namespace
}  // namespace paucal::train
