#include "train/precision.h"

#include <gtest/gtest.h>
#include <torch/torch.h>
#include <unistd.h>

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "models/autocast.h"
#include "train/image_work.h"
#include "train/supervised.h"
#include "train/test_table.h"
#include "train/time_steps.h"
#include "train/trainer.h"

namespace paucal::train {
namespace {
namespace fs = std::filesystem;

const c10::Device kCpu{c10::kCPU}, kCuda{c10::kCUDA, 0};

StepSeconds never_measured() {
  ADD_FAILURE() << "measured";
  return {};
}

TEST(Precision, FollowsTheOptionTheDeviceAndTheMeasurement) {
  const auto bf16 = [](const char* asked, c10::Device device, bool native, StepSeconds seconds) {
    const bool measures = seconds.f32 > 0;
    const Precision precision = choose_precision(
        asked, device, native, [&] { return measures ? seconds : never_measured(); });
    EXPECT_FALSE(precision.why.empty());
    return precision.bf16;
  };
  EXPECT_FALSE(bf16("f32", kCuda, true, {}));
  EXPECT_TRUE(bf16("bf16", kCpu, false, {}));
  EXPECT_TRUE(bf16("device", kCuda, true, {}));
  EXPECT_FALSE(bf16("device", kCpu, true, {}));
  EXPECT_TRUE(bf16("auto", kCuda, true, {}));
  EXPECT_FALSE(bf16("auto", kCpu, false, {}));
  EXPECT_TRUE(bf16("auto", kCpu, true, {.f32 = .03, .bf16 = .012}));
  EXPECT_FALSE(bf16("auto", kCpu, true, {.f32 = .03, .bf16 = .29}));
  EXPECT_FALSE(bf16("auto", kCpu, true, {.f32 = .03, .bf16 = .0295})) << "not worth it";
}

TEST(Precision, IsReadBackAsItWasWritten) {
  const Precision precision{"auto", true, "a step takes …", {.03, .012}};
  const Precision back = precision_from_json(to_json(precision));
  EXPECT_EQ(back.asked, "auto");
  EXPECT_TRUE(back.bf16);
  EXPECT_EQ(back.why, precision.why);
  EXPECT_EQ(back.seconds.f32, .03);
  EXPECT_EQ(back.seconds.bf16, .012);
  EXPECT_EQ(precision_from_json(to_json({"f32", false, "so"})).seconds.f32, 0);
}

class PrecisionRun : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / fmt::format("paucal_precision_{}", ::getpid());
    fs::remove_all(folder_);
    fs::create_directories(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  void write_decision(const std::string& used) const {
    write_json(
        folder_ / "precision.json",
        {{"asked", "auto"}, {"used", used}, {"why", "a step was faster"}, {"fingerprint", "same"}});
  }
  fs::path folder_;
};

TEST_F(PrecisionRun, ADecisionOfAutoIsKeptWithItsRunAlone) {
  write_decision("bf16");
  EXPECT_TRUE(settle_precision("auto", kCpu, folder_, "same", never_measured).bf16);
  EXPECT_FALSE(settle_precision("device", kCpu, folder_, "same", never_measured).bf16);
  EXPECT_EQ(read_json(folder_ / "precision.json").at("used"), "f32");
  write_decision("bf16");
  const auto none = [] { return StepSeconds{1, 2}; };
  EXPECT_FALSE(settle_precision("auto", kCpu, folder_, "other", none).bf16);
  EXPECT_EQ(read_json(folder_ / "precision.json").at("fingerprint"), "other");
  write_text_atomic(folder_ / "precision.json", R"({"asked": 3})");
  EXPECT_THROW(settle_precision("auto", kCpu, folder_, "same", none), Error);
}

TEST_F(PrecisionRun, ResumingKeepsTheDecision) {
  TrainOptions options;
  options.steps = 4;
  options.device = "cpu";
  options.precision = "auto";
  options.checkpoint_seconds = 0;
  std::vector<bool> in_bf16;
  const auto run = [&](int64_t stop) {
    Work work = std::make_shared<test::TableTask>()->work();
    work.step = [&, stop, step = work.step](const HostBatch& batch, const StepContext& context) {
      if (context.step == stop) fail("test", "stopped");
      in_bf16.push_back(models::networks_in_bf16());
      return step(batch, context);
    };
    train(options, work, {folder_, "same"});
  };
  write_decision("bf16");
  EXPECT_THROW(run(2), Error);
  run(-1);
  EXPECT_EQ(in_bf16, std::vector<bool>(4, true));
  EXPECT_FALSE(models::networks_in_bf16());
}

TEST(TimeSteps, LeaveEverythingAsItWas) {
  const auto task = std::make_shared<test::TableTask>();
  Work work = task->work();
  int of_bf16 = 0, all = 0;
  work.step = [&, step = work.step](const HostBatch& batch, const StepContext& context) {
    ++all;
    of_bf16 += models::networks_in_bf16();
    return step(batch, context);
  };
  const at::Tensor weight = work.model->parameters()[0].detach().clone();
  const at::Tensor prior = task->prior.clone();
  const StepSeconds seconds = time_steps(work, {*work.model, *work.average, kCpu, 0, 10, 1}, 0);
  EXPECT_GT(seconds.f32, 0);
  EXPECT_GT(seconds.bf16, 0);
  EXPECT_EQ(2 * of_bf16, all);
  EXPECT_TRUE(torch::equal(work.model->parameters()[0], weight));
  EXPECT_TRUE(torch::equal(task->prior, prior)) << "the state of the method";
}

// ---- Images: two classes that differ in brightness by less than the noise of a pixel ----

constexpr double kApart = .4;

data::Batch two_shades(int64_t number) {
  std::vector<data::Sample> samples;
  for (int i = 0; i < 8; ++i) {
    data::Sample sample;
    sample.record = static_cast<int>(number) * 8 + i;
    sample.label = i % 2;
    sample.channels = 1;
    sample.width = sample.height = 16;
    Random random(7, 1, static_cast<uint64_t>(sample.record));
    for (int p = 0; p < 256; ++p)
      sample.image.push_back(static_cast<float>(random.normal() + (i % 2 ? kApart : -kApart)));
    samples.push_back(std::move(sample));
  }
  return data::collate(std::move(samples), number, 16);
}

double accuracy_of(models::ImageModel& network) {
  const torch::NoGradGuard no_grad;
  int64_t right = 0;
  for (int64_t number = 1000; number < 1020; ++number) {
    const TensorBatch batch = to_tensors(two_shades(number), kCpu);
    right +=
        (network.forward(batch.images).logits().argmax(1) == batch.labels).sum().item<int64_t>();
  }
  return static_cast<double>(right) / 160;
}

// Remembers of what type its losses, and what they are made from, are.
class Watched : public MapMethod {
 public:
  explicit Watched(std::vector<at::ScalarType>& types) : types_(types) {}
  Losses losses_of(const at::Tensor& map, const TensorBatch& batch,
                   const Context& context) override {
    Losses losses = method_->losses_of(map, batch, context);
    types_.insert(types_.end(), {map.scalar_type(), losses.total.scalar_type()});
    return losses;
  }

 private:
  std::shared_ptr<MapMethod> method_ = make_supervised({}, {1, 1});
  std::vector<at::ScalarType>& types_;
};

double trained_accuracy(const std::string& precision, uint64_t seed, const fs::path& folder) {
  std::vector<at::ScalarType> types;
  const models::ModelOptions architecture{
      .arch = "resnet10", .channels = 1, .width = 4, .seed = seed};
  ImageWork image;
  image.model = models::make_model(architecture, 2);
  image.average = models::make_model(architecture, 2);
  image.method = std::make_shared<Watched>(types);
  image.make_batch = two_shades;
  Work work = work_of(std::move(image));
  TrainOptions options;
  options.steps = 60;
  options.device = "cpu";
  options.seed = seed;
  options.precision = precision;
  options.optimiser.name = "adamw";
  options.optimiser.lr = .01;
  options.ema.decay = .8;  // so few steps
  options.events = "none";
  train(options, work, {folder / fmt::format("{}{}", precision, seed), "same"});
  EXPECT_TRUE(std::ranges::all_of(types, [](auto type) { return type == at::kFloat; }));
  EXPECT_EQ(types.size(), 120u);
  for (const auto& tensor : work.model->named_parameters())
    EXPECT_EQ(tensor->scalar_type(), at::kFloat) << tensor.key();
  return accuracy_of(*image_network(*work.average));
}

TEST_F(PrecisionRun, Bf16LearnsWhatFloatLearns) {
  std::array<std::vector<double>, 2> accuracies;
  for (uint64_t seed = 0; seed < 3; ++seed) {
    accuracies[0].push_back(trained_accuracy("f32", seed, folder_));
    accuracies[1].push_back(trained_accuracy("bf16", seed, folder_));
  }
  const auto mean = [](const std::vector<double>& of) { return (of[0] + of[1] + of[2]) / 3; };
  const auto [low, high] = std::ranges::minmax(accuracies[0]);
  RecordProperty("f32", fmt::format("{:.3f}", fmt::join(accuracies[0], " ")));
  RecordProperty("bf16", fmt::format("{:.3f}", fmt::join(accuracies[1], " ")));
  EXPECT_GT(mean(accuracies[0]), .85);
  EXPECT_NEAR(mean(accuracies[1]), mean(accuracies[0]), std::max(.03, high - low));
}

}  // namespace
}  // namespace paucal::train
