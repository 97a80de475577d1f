#include "train/trainer.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <torch/torch.h>
#include <unistd.h>

#include <fstream>

#include "base/error.h"
#include "base/files.h"
#include "base/random.h"
#include "train/checkpoint.h"
#include "train/supervised.h"

namespace paucal::train {
namespace {

namespace fs = std::filesystem;

class TrainerTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = fs::temp_directory_path() / fmt::format("paucal_trainer_{}", ::getpid());
    fs::remove_all(folder_);
  }
  void TearDown() override { fs::remove_all(folder_); }

  static TrainOptions options() {
    TrainOptions options;
    options.epochs = 4;
    options.batch = 4;
    options.device = "cpu";
    options.checkpoint_seconds = 0;
    options.optimiser.name = "adamw";
    options.loader.threads = 2;
    return options;
  }

  TrainJob job(const std::string& name) const {
    models::ModelOptions architecture;
    architecture.arch = "resnet10";
    architecture.channels = 1;
    architecture.width = 4;
    architecture.dropout = .2;  // draws from libtorch's generator, which must survive as well
    TrainJob job;
    job.folder = folder_ / name;
    job.fingerprint = "same";
    job.model = models::make_model(architecture, 2);
    job.average = models::make_model(architecture, 2);
    job.method = make_supervised({}, {1, 1});
    job.steps_per_epoch = 5;
    job.make_batch = [](int64_t number) {
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
    };
    job.validate = [](models::ImageModel& model) {
      const torch::NoGradGuard no_grad;
      return std::vector<std::pair<std::string, double>>{
          {"score", model.forward(torch::ones({1, 1, 16, 16})).map.mean().item<double>()}};
    };
    // What a look sees goes into the batches that follow.
    const auto shift = std::make_shared<float>(0.f);
    job.survey.count = 3;
    job.survey.look = [average = job.average] {
      const torch::NoGradGuard no_grad;
      return average->forward(torch::ones({1, 1, 16, 16})).map.mean();
    };
    job.survey.use = [shift](const at::Tensor& seen) { *shift = seen.item<float>(); };
    job.make_batch = [shift, make = std::move(job.make_batch)](int64_t number) {
      data::Batch batch = make(number);
      for (float& value : batch.images) value += *shift;
      return batch;
    };
    return job;
  }

  // The bytes of every file that a finished run is told by.
  static std::vector<std::string> outcome(const fs::path& folder) {
    return {read_text(folder / "last.safetensors"), read_text(folder / "best.safetensors"),
            read_text(folder / "metrics.jsonl")};
  }

  fs::path folder_;
};

TEST_F(TrainerTest, KilledAndResumedEqualsNeverKilled) {
  // Children that are killed: libtorch's threads do not survive a fork, so nothing of libtorch may
  // run here before the last fork.
  for (int attempt = 0; attempt < 20; ++attempt) {
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      at::set_num_threads(1);
      TrainJob killed = job("killed");
      train(options(), killed);
      ::_exit(0);
    }
    // From "just started" to "nearly done".
    Random random(11, 2, static_cast<uint64_t>(attempt));
    ::usleep(static_cast<useconds_t>(random.uniform(2e4, 4e5)));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  for (const char* name : {"killed", "whole"}) {
    const pid_t child = ::fork();
    if (child == 0) {
      at::set_num_threads(1);
      TrainJob rest = job(name);
      train(options(), rest);
      ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_EQ(status, 0) << name;
  }
  EXPECT_EQ(outcome(folder_ / "killed"), outcome(folder_ / "whole"));
}

TEST_F(TrainerTest, LooksEvenlyAndNeverBeforeTheFirstStep) {
  TrainJob looking = job("looking");
  std::vector<int64_t> batches, at;
  looking.survey.count = 3;
  looking.survey.look = [&] {
    at.push_back(std::ssize(batches));
    return torch::zeros({});
  };
  TrainOptions plain = options();
  plain.loader.threads = 0;
  plain.loader.prefetch = 1;
  looking.make_batch = [&, make = looking.make_batch](int64_t number) {
    batches.push_back(number);
    return make(number);
  };
  train(plain, looking);
  EXPECT_EQ(at, (std::vector<int64_t>{5, 10, 15})) << "no batch of later steps was made before";
  EXPECT_EQ(batches.size(), 20u);
}

TEST_F(TrainerTest, AnUndefinedMetricIsNeverTheBest) {
  const auto validated = [&](const std::string& name, const std::string& keep, auto score_of) {
    TrainResult result;
    at::Tensor kept;
    for (const double epochs : {2., 4.}) {  // stopped half-way, and gone on with
      TrainJob run = job(name);
      TrainOptions with = options();
      with.keep = keep;
      with.epochs = epochs;
      run.validate = [&, score_of, calls = static_cast<int>(epochs) - 2](auto&) mutable {
        return std::vector<std::pair<std::string, double>>{{"auroc", score_of(calls++)}};
      };
      with.eval_epochs = 1;
      result = train(with, run);
      EXPECT_EQ(result.resumed_from, epochs == 2 ? 0 : 10);
      kept = run.average->parameters()[0].clone();
    }
    return std::pair(result, kept);
  };
  const auto never = [](int) { return std::nan(""); };
  const auto [none, last] = validated("never", "best", never);
  EXPECT_FALSE(none.best.exists());
  EXPECT_TRUE(torch::equal(last, validated("last", "last", never).second)) << "the last weights";
  EXPECT_FALSE(fs::exists(folder_ / "never" / "best.safetensors"));
  // NaN, .5 | NaN, .3: the third and the fourth validation come after the restart.
  const auto [second, kept] = validated(
      "once", "best", [](int call) { return call % 2 == 0 ? std::nan("") : .6 - .1 * call; });
  EXPECT_EQ(second.best.step, 10);
  EXPECT_EQ(second.best.score, .5);
  EXPECT_FALSE(torch::equal(kept, last));
}

TEST_F(TrainerTest, LoaderThreadsDoNotMatter) {
  TrainJob one = job("one"), four = job("four");
  TrainOptions with_four = options();
  with_four.loader.threads = 4;
  with_four.loader.prefetch = 7;
  train(options(), one);
  train(with_four, four);
  EXPECT_EQ(outcome(folder_ / "one"), outcome(folder_ / "four"));
}

TEST_F(TrainerTest, BadLossNamesStepAndFiles) {
  TrainJob bad = job("bad");
  const auto good = bad.make_batch;
  bad.make_batch = [good](int64_t number) {
    data::Batch batch = good(number);
    if (number == 3) batch.images[0] = NAN;
    return batch;
  };
  bad.record_name = [](int record) { return fmt::format("NG/{}.jpg", record); };
  try {
    train(options(), bad);
    FAIL() << "expected an Error";
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("step 3"), std::string::npos) << error.what();
    EXPECT_NE(error.message().find("NG/12.jpg"), std::string::npos) << error.what();
  }
}

TEST_F(TrainerTest, AccumulationEqualsOneLargeBatch) {
  // Without batch norm's statistics and dropout the gradients are the same; compare the loss.
  TrainJob job_two = job("two");
  TrainOptions two = options();
  two.accumulate = 2;
  two.epochs = 1;
  EXPECT_EQ(train(two, job_two).steps, 5);
  std::ifstream lines(folder_ / "two" / "metrics.jsonl");
  int steps = 0;
  for (std::string line; std::getline(lines, line);) steps += Json::parse(line).contains("loss");
  EXPECT_EQ(steps, 5) << "one line an update, not one a batch";
}

TEST_F(TrainerTest, CheckpointOfAnotherJobIsRefused) {
  TrainJob first = job("run");
  train(options(), first);
  TrainJob other = job("run");
  other.fingerprint = "other";
  EXPECT_THROW(train(options(), other), Error);
}

TEST_F(TrainerTest, DamagedCheckpointIsRefused) {
  TrainJob first = job("run");
  train(options(), first);
  const fs::path path = folder_ / "run" / "last.safetensors";
  fs::resize_file(path, fs::file_size(path) / 2);
  TrainJob second = job("run");
  EXPECT_THROW(train(options(), second), Error);
}

TEST(Checkpoint, NamesWhatDoesNotFit) {
  models::ModelOptions architecture;
  architecture.arch = "resnet10";
  architecture.width = 4;
  auto model = models::make_model(architecture, 2);
  TensorMap tensors = tensors_of(*model);
  tensors["fc.bias"] = torch::zeros({3});
  try {
    load_tensors(*model, tensors);
    FAIL() << "expected an Error";
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("fc.bias"), std::string::npos);
  }
}

}  // namespace
}  // namespace paucal::train
