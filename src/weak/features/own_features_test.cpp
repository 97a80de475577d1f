#include "weak/features/own_features.h"

#include <gtest/gtest.h>
#include <torch/torch.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "edge/pre/encode.h"
#include "train/image_work.h"
#include "train/trainer.h"

namespace paucal::weak {
namespace {

namespace fs = std::filesystem;

// Waves of several lengths and directions.
edge::Image waves(int number) {
  edge::Image image(64, 64, 1);
  Random random(7, 1, static_cast<uint64_t>(number));
  const double a = random.uniform(.1, .6), b = random.uniform(.1, .6);
  for (int y = 0; y < 64; ++y)
    for (int x = 0; x < 64; ++x)
      image.at(x, y) = static_cast<uint8_t>(
          std::clamp(128 + 60 * std::sin(a * x) * std::cos(b * y) + 6 * random.normal(), 0., 255.));
  return image;
}

class OwnFeaturesTest : public testing::Test {
 protected:
  void SetUp() override {
    root_ = fs::temp_directory_path() / fmt::format("paucal_features_{}", ::getpid());
    dataset_.root = root_;
    for (int i = 0; i < 12; ++i) {
      data::Record record;
      record.path = fmt::format("{}.png", i);
      write_file_atomic(root_ / record.path, *edge::encode_png(waves(i)));
      dataset_.unlabelled.push_back(record);
      numbers_.push_back(i);
    }
    input_.channels = 1;
    input_.multiple = 16;
    cache_ = std::make_unique<data::ImageCache>(dataset_, input_, 1 << 20, 1 << 24);
    views_.side = 48;
    views_.places = 16;
    options_.strides = {4, 8};
    options_.width = 16;
  }
  void TearDown() override { fs::remove_all(root_); }

  static std::shared_ptr<models::ImageModel> network(uint64_t seed = 1) {
    models::ModelOptions options;
    options.arch = "pyramid10";
    options.width = 8;
    options.channels = 1;
    options.seed = seed;
    return models::make_model(options, 1);
  }

  // `stop`: the batch that cannot be made; -1: none.
  train::Work work(std::shared_ptr<models::ImageModel> teacher = nullptr, int64_t stop = -1) {
    train::Work work;
    const auto model = network();
    work.model = model;
    work.average = network();
    const auto features = std::make_shared<OwnFeatures>(*model, options_, 1, teacher);
    work.extra = features->heads();
    const auto views = std::make_shared<data::PairViews>(
        numbers_, *cache_, views_, input_, 6, 1, teacher ? std::optional(input_) : std::nullopt);
    work.make = [views, stop](int64_t number) {
      if (number == stop) fail("test", "stopped");
      return train::HostBatch(views->batch(number), {number});
    };
    work.step = [this, features](const train::HostBatch& batch, const train::StepContext& at) {
      train::Losses losses =
          features->step(batch.as<data::PairBatch>(), *train::image_network(at.model), at.device);
      seen_.emplace_back();
      for (const auto& [name, part] : losses.parts) seen_.back()[name] = part.item<double>();
      seen_.back()["total"] = losses.total.item<double>();
      return losses;
    };
    return work;
  }

  train::TrainOptions steps(int64_t count) const {
    train::TrainOptions options;
    options.steps = count;
    options.device = "cpu";
    options.checkpoint_seconds = 0;
    options.optimiser.name = "adamw";
    options.optimiser.lr = .003;
    return options;
  }

  double mean_of(const std::string& name, size_t from, size_t to) const {
    double sum = 0;
    for (size_t i = from; i < to; ++i) sum += seen_[i].at(name);
    return sum / static_cast<double>(to - from);
  }

  fs::path root_;
  data::Dataset dataset_;
  edge::PreprocessOptions input_;
  std::unique_ptr<data::ImageCache> cache_;
  data::PairViewOptions views_;
  FeatureOptions options_;
  std::vector<int> numbers_;
  std::vector<std::map<std::string, double>> seen_;  // of each step
};

TEST_F(OwnFeaturesTest, LossesFallAndFeaturesDoNotCollapse) {
  train::Work learnt = work();
  train::train(steps(60), learnt, {root_ / "run", "same"});
  ASSERT_EQ(seen_.size(), 60U);
  EXPECT_LT(mean_of("total", 50, 60), .9 * mean_of("total", 0, 10));
  EXPECT_LT(mean_of("variance", 50, 60), .9) << "1: all places alike";
  EXPECT_GT(mean_of("spread", 50, 60), .1);
}

TEST_F(OwnFeaturesTest, StoppedAndResumedEqualsNeverStopped) {
  train::Work stopped = work(nullptr, 3), resumed = work(), whole = work();
  EXPECT_THROW(train::train(steps(6), stopped, {root_ / "stopped", "same"}), Error);
  EXPECT_EQ(train::train(steps(6), resumed, {root_ / "stopped", "same"}).resumed_from, 3);
  train::train(steps(6), whole, {root_ / "whole", "same"});
  EXPECT_EQ(read_text(root_ / "stopped" / "last.safetensors"),
            read_text(root_ / "whole" / "last.safetensors"));
}

TEST_F(OwnFeaturesTest, ATeacherIsFollowed) {
  options_.agreement = options_.defects = 0;
  train::Work learnt = work(network(5));
  train::train(steps(40), learnt, {root_ / "run", "same"});
  EXPECT_LT(mean_of("teacher", 35, 40), .8 * mean_of("teacher", 0, 3));
}

TEST_F(OwnFeaturesTest, ThePastedDefectsAreTold) {
  options_.agreement = 0;
  views_.pasted = 1;
  train::Work learnt = work();
  train::train(steps(60), learnt, {root_ / "run", "same"});
  EXPECT_LT(mean_of("defects", 50, 60), .95 * mean_of("defects", 0, 5));
}

TEST_F(OwnFeaturesTest, NothingThatTeachesIsRefused) {
  options_.agreement = options_.defects = 0;
  EXPECT_THROW(OwnFeatures(*network(), options_, 1), Error);
  options_.defects = 1;
  options_.strides = {7};
  EXPECT_THROW(OwnFeatures(*network(), options_, 1), Error);
}

TEST(Spread, IsNoughtForCopiesAndOneForNoise) {
  EXPECT_NEAR(spread_of(torch::ones({10, 4})).item<double>(), 0, 1e-6);
  torch::manual_seed(1);
  EXPECT_NEAR(spread_of(torch::randn({500, 32})).item<double>(), 1, .05);
}

}  // namespace
}  // namespace paucal::weak
