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
#include "train/test_table.h"

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
    options.batch = test::kBatchRows;
    options.device = "cpu";
    options.checkpoint_seconds = 0;
    options.optimiser.name = "adamw";
    options.loader.threads = 2;
    return options;
  }

  static Work table() { return std::make_shared<test::TableTask>()->work(); }
  TrainFolder in(const std::string& name) const { return {folder_ / name, "same"}; }

  // The bytes of every file that a finished run is told by.
  std::vector<std::string> outcome(const std::string& name) const {
    return {read_text(folder_ / name / "last.safetensors"),
            read_text(folder_ / name / "best.safetensors"),
            read_text(folder_ / name / "metrics.jsonl")};
  }

  fs::path folder_;
};

TEST_F(TrainerTest, KilledAndResumedEqualsNeverKilled) {
  TrainOptions longer = options();
  longer.epochs = 12;
  // Children that are killed: libtorch's threads do not survive a fork, so nothing of libtorch may
  // run here before the last fork.
  const auto start = [&](const std::string& name) {
    const pid_t child = ::fork();
    if (child == 0) {
      at::set_num_threads(1);
      Work work = table();
      train(longer, work, in(name));
      ::_exit(0);
    }
    return child;
  };
  for (int attempt = 0; attempt < 20; ++attempt) {
    const pid_t child = start("killed");
    ASSERT_GE(child, 0);
    // From "just started" to "nearly done".
    Random random(11, 2, static_cast<uint64_t>(attempt));
    ::usleep(static_cast<useconds_t>(random.uniform(1e4, 2e5)));
    ::kill(child, SIGKILL);
    ::waitpid(child, nullptr, 0);
  }
  for (const char* name : {"killed", "whole"}) {
    const pid_t child = start(name);
    int status = 0;
    ::waitpid(child, &status, 0);
    ASSERT_EQ(status, 0) << name;
  }
  EXPECT_EQ(outcome("killed"), outcome("whole"));
}

// Without chance: each run dies at a step of its own.
TEST_F(TrainerTest, StoppedAtAnyStepAndResumedEqualsNeverStopped) {
  for (int64_t stop = 0; stop < 20; stop += 3) {
    Work work = table();
    work.step = [&, step = work.step](const HostBatch& batch, const StepContext& context) {
      if (context.step == stop) fail("test", "stopped");
      return step(batch, context);
    };
    EXPECT_THROW(train(options(), work, in("stopped")), Error) << stop;
  }
  Work rest = table(), whole = table();
  EXPECT_EQ(train(options(), rest, in("stopped")).resumed_from, 18);
  train(options(), whole, in("whole"));
  EXPECT_EQ(outcome("stopped"), outcome("whole"));
}

// Dropout's numbers hang on seed and step, whoever else uses libtorch's generator.
TEST_F(TrainerTest, DropoutDoesNotDependOnWhatElseDraws) {
  Work disturbed = table(), whole = table();
  disturbed.step = [step = disturbed.step](const HostBatch& batch, const StepContext& context) {
    Losses losses = step(batch, context);
    torch::rand({context.step % 3 + 1});
    return losses;
  };
  train(options(), disturbed, in("disturbed"));
  torch::manual_seed(1234);
  train(options(), whole, in("whole"));
  EXPECT_EQ(outcome("disturbed"), outcome("whole"));
  TrainOptions other = options();
  other.seed = 1;
  Work again = table();  // its batches and first weights do not depend on the seed
  train(other, again, in("other"));
  EXPECT_NE(outcome("other"), outcome("whole"));
}

TEST_F(TrainerTest, ATableWithFewLabelsIsLearnt) {
  TrainOptions longer = options();
  longer.epochs = 20;
  longer.optimiser.lr = .01;
  longer.checkpoint_seconds = 60;
  Work work = table();
  const TrainResult result = train(longer, work, in("table"));
  EXPECT_EQ(result.steps, 100);
  EXPECT_GT(result.samples_per_second, 0);
  EXPECT_GT(work.validate(*work.average).metrics.at(0).second, .85);
}

TEST_F(TrainerTest, LooksEvenlyAndNeverBeforeTheFirstStep) {
  Work looking = table();
  std::vector<int64_t> batches, at;
  looking.survey.look = [&](torch::nn::Module&) {
    at.push_back(std::ssize(batches));
    return torch::zeros({});
  };
  TrainOptions plain = options();
  plain.loader.threads = 0;
  plain.loader.prefetch = 1;
  looking.make = [&, make = looking.make](int64_t number) {
    batches.push_back(number);
    return make(number);
  };
  train(plain, looking, in("looking"));
  EXPECT_EQ(at, (std::vector<int64_t>{5, 10, 15})) << "no batch of later steps was made before";
  EXPECT_EQ(batches.size(), 20u);
}

TEST(Survey, LooksThatFallOnOneStepAreOne) {
  const Survey survey{.count = 7, .look = {}, .use = {}};
  std::vector<int64_t> steps;
  for (int64_t step = 0; step < 4; ++step)
    if (is_look(survey, step, 4)) steps.push_back(step);
  EXPECT_EQ(steps, (std::vector<int64_t>{1, 2, 3}));
  EXPECT_EQ(next_look(survey, 0, 4), 1);
  EXPECT_EQ(next_look(survey, 3, 4), 4);
  EXPECT_FALSE(is_look({}, 2, 4));
  EXPECT_EQ(next_look({}, 2, 4), 4);
}

TEST_F(TrainerTest, ValidationLooksAtTheAverageInEvaluationMode) {
  Work work = table();
  int calls = 0;
  work.validate = [&](torch::nn::Module& network) {
    EXPECT_EQ(&network, work.average.get());
    EXPECT_FALSE(network.is_training());
    ++calls;
    return Metrics{};
  };
  EXPECT_FALSE(train(options(), work, in("average")).best.exists());
  EXPECT_EQ(calls, 2);
}

TEST_F(TrainerTest, AnUndefinedMetricIsNeverTheBest) {
  const auto validated = [&](const std::string& name, const std::string& keep, auto score_of) {
    TrainResult result;
    at::Tensor kept;
    for (const double epochs : {2., 4.}) {  // stopped half-way, and gone on with
      Work work = table();
      TrainOptions with = options();
      with.keep = keep;
      with.epochs = epochs;
      with.eval_epochs = 1;
      int call = static_cast<int>(epochs) - 2;
      work.validate = [&](auto&) { return Metrics{{"auroc", score_of(call++)}}; };
      result = train(with, work, in(name));
      EXPECT_EQ(result.resumed_from, epochs == 2 ? 0 : 10);
      kept = work.average->parameters()[0].clone();
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
  Work one = table(), four = table();
  TrainOptions with_four = options();
  with_four.loader.threads = 4;
  with_four.loader.prefetch = 7;
  train(options(), one, in("one"));
  train(with_four, four, in("four"));
  EXPECT_EQ(outcome("one"), outcome("four"));
}

TEST_F(TrainerTest, BadLossNamesStepAndRecords) {
  Work bad = table();
  bad.step = [step = bad.step](const HostBatch& batch, const StepContext& context) {
    Losses losses = step(batch, context);
    if (context.step == 3) losses.total = losses.total * NAN;
    return losses;
  };
  const int64_t record = bad.make(3).records().front();
  try {
    train(options(), bad, in("bad"));
    FAIL() << "expected an Error";
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("step 3"), std::string::npos) << error.what();
    EXPECT_NE(error.message().find(fmt::format("row {}", record)), std::string::npos)
        << error.what();
  }
}

TEST_F(TrainerTest, AccumulationIsOneUpdateOfSeveralBatches) {
  Work work = table();
  std::set<int64_t> made;
  work.make = [&, make = work.make](int64_t number) {
    made.insert(number);
    return make(number);
  };
  TrainOptions two = options();
  two.accumulate = 2;
  two.epochs = 1;
  two.loader.threads = 0;
  EXPECT_EQ(train(two, work, in("two")).steps, 5);
  EXPECT_EQ(made.size(), 10u);
  std::ifstream lines(folder_ / "two" / "metrics.jsonl");
  int steps = 0;
  for (std::string line; std::getline(lines, line);) steps += Json::parse(line).contains("loss");
  EXPECT_EQ(steps, 5) << "one line an update, not one a batch";
}

TEST_F(TrainerTest, CheckpointOfAnotherRunIsRefused) {
  Work first = table(), second = table();
  train(options(), first, in("run"));
  EXPECT_THROW(train(options(), second, {folder_ / "run", "other"}), Error);
}

TEST_F(TrainerTest, DamagedCheckpointIsRefused) {
  Work first = table(), second = table();
  train(options(), first, in("run"));
  const fs::path path = folder_ / "run" / "last.safetensors";
  auto checkpoint = read_checkpoint(path);
  checkpoint->header.erase("best_score");
  write_checkpoint(path, *checkpoint);
  EXPECT_THROW(train(options(), second, in("run")), Error) << "a header that lacks a key";
  fs::resize_file(path, fs::file_size(path) / 2);
  EXPECT_THROW(train(options(), second, in("run")), Error);
}

TEST(HostBatch, GivesBackWhatItWasMadeOf) {
  const HostBatch batch(std::make_unique<int>(7), {3, 4});
  EXPECT_EQ(*batch.as<std::unique_ptr<int>>(), 7);
  EXPECT_EQ(batch.records(), (std::vector<int64_t>{3, 4}));
  EXPECT_THROW(batch.as<int>(), Error);
  EXPECT_THROW(HostBatch().as<int>(), Error);
}

TEST(Checkpoint, NamesWhatDoesNotFit) {
  test::Network network;
  TensorMap tensors = tensors_of(network);
  tensors["second.bias"] = torch::zeros({3});
  try {
    load_tensors(network, tensors);
    FAIL() << "expected an Error";
  } catch (const Error& error) {
    EXPECT_NE(error.message().find("second.bias"), std::string::npos);
  }
}

}  // namespace
}  // namespace paucal::train
