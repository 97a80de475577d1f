// From a folder of images to weights that a run begins with.

#include "pipeline/pretrain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "data/synth/electrode.h"
#include "models/load_weights.h"
#include "models/safetensors.h"
#include "pipeline/own_weights.h"
#include "pipeline/teacher.h"

namespace paucal::pipeline {
namespace {

namespace fs = std::filesystem;
using ::testing::HasSubstr;

class PretrainTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    pretrain_root_ = fs::temp_directory_path() / fmt::format("paucal_pretrain_{}", ::getpid());
    fs::remove_all(pretrain_root_);
    data::ElectrodeOptions options;
    options.count = 20;
    options.size = 64;
    options.seed = 3;
    data::write_electrode_set(options, pretrain_root_ / "set", 2);
    write_text_atomic(pretrain_root_ / "set" / "OK" / "broken.png",
                      "\x89PNG\r\n\x1a\n, but no more");
    learnt_ = pretrain(recipe(), out());
  }
  static void TearDownTestSuite() { fs::remove_all(pretrain_root_); }

  static fs::path out() { return pretrain_root_ / "own.safetensors"; }
  static PretrainRecipe recipe(const std::vector<std::string>& more = {}) {
    std::vector<std::string> keys = {"data.root=" + (pretrain_root_ / "set").string(),
                                     "input.local_contrast=[9]",
                                     "model.arch=resnet10",
                                     "model.width=8",
                                     "pretrain.strides=[4,8]",
                                     "pretrain.width=16",
                                     "view.side=48",
                                     "view.places=8",
                                     "train.steps=4",
                                     "train.batch=4",
                                     "train.device=cpu"};
    keys.insert(keys.end(), more.begin(), more.end());
    return load_pretrain_recipe("", keys);
  }
  static std::string refusal(const std::vector<std::string>& more, const char* name) {
    try {
      pretrain(recipe(more), pretrain_root_ / name);
    } catch (const Error& error) {
      return error.what();
    }
    return "";
  }

  static inline fs::path pretrain_root_;
  static inline Pretraining learnt_;
};

TEST_F(PretrainTest, TellsWhatItCostAndWhatItBrought) {
  EXPECT_EQ(learnt_.passed_over, 1);
  EXPECT_EQ(learnt_.images + learnt_.held_out, 20);
  EXPECT_EQ(learnt_.steps, 4);
  EXPECT_GT(learnt_.before, .3);
  EXPECT_GT(learnt_.after, .3);
  const Json told = read_json(pretrain_folder(out()) / "pretrain.json");
  EXPECT_EQ(told.at("pasted_places_auroc"), learnt_.after);
}

TEST_F(PretrainTest, AFinishedOneIsNotTrainedAgain) {
  const std::string before = read_text(out());
  fs::remove(out());
  pretrain(recipe(), out());
  EXPECT_EQ(read_text(out()), before);
  EXPECT_THAT(refusal({"train.seed=2"}, "own.safetensors"), HasSubstr("another recipe"));
}

TEST_F(PretrainTest, TheFileChoosesNetworkAndInput) {
  Recipe run = load_recipe("", {"model.arch=pyramid10", "model.width=16"});
  EXPECT_TRUE(take_own_start(out(), run, {"model.width=16"}));
  EXPECT_EQ(run.model.arch, "resnet10");
  EXPECT_EQ(run.model.width, 16) << "typed";
  EXPECT_EQ(run.input.local_contrast, std::vector<int>{9});
  const Recipe untouched = run;
  EXPECT_FALSE(take_own_start(pretrain_root_ / "none.safetensors", run, {}));
  EXPECT_EQ(run.model.width, untouched.model.width);
}

TEST_F(PretrainTest, TheFileGivesTheSameFeaturesBack) {
  const Teacher first = load_teacher(out().string()), second = load_teacher(out().string());
  const torch::NoGradGuard no_grad;
  const at::Tensor x = torch::rand({1, 2, 48, 48});
  EXPECT_TRUE(first.network->features(x).equal(second.network->features(x)));
  auto fresh = models::make_model(first.network->options(), 1);
  const models::LoadReport report = models::load_weights(*fresh, out());
  EXPECT_EQ(report.unexpected.size(), 0U);
  fresh->eval();
  EXPECT_TRUE(first.network->features(x).equal(fresh->features(x)));
  for (const std::string& name : report.missing) EXPECT_THAT(name, testing::StartsWith("fc."));
}

TEST_F(PretrainTest, ItsOwnFileTeachesAnother) {
  const Pretraining small =
      pretrain(recipe({"model.width=4", "pretrain.teacher=" + out().string(), "train.steps=2"}),
               pretrain_root_ / "small.safetensors");
  EXPECT_EQ(small.steps, 2);
  EXPECT_THAT(
      refusal({"pretrain.teacher=" + (pretrain_root_ / "set" / "OK" / "broken.png").string()},
              "x.safetensors"),
      HasSubstr("broken.png"));
}

TEST_F(PretrainTest, WhatCannotTeachIsRefusedAndLeavesNothing) {
  fs::create_directories(pretrain_root_ / "empty");
  EXPECT_THAT(refusal({"data.root=" + (pretrain_root_ / "empty").string()}, "x.safetensors"),
              HasSubstr("empty"));
  EXPECT_THAT(refusal({"data.root=" + (pretrain_root_ / "nowhere").string()}, "x.safetensors"),
              HasSubstr("nowhere"));
  EXPECT_THAT(refusal({"pretrain.strides=[3]"}, "x.safetensors"), HasSubstr("stride 3"));
  EXPECT_THAT(refusal({"data.max_broken=0"}, "x.safetensors"), HasSubstr("data.max_broken"));
  EXPECT_THAT(refusal({}, "x.pth"), HasSubstr(".safetensors"));
  EXPECT_FALSE(fs::exists(pretrain_root_ / "x.pretrain"));
}

TEST_F(PretrainTest, AHostileFileSetsNothingElse) {
  models::TensorFile file = models::read_safetensors(out());
  file.metadata["paucal.start"] = R"({"data.root": "/"})";
  const fs::path bad = pretrain_root_ / "bad.safetensors";
  models::write_safetensors(bad, file);
  Recipe run;
  EXPECT_THROW(take_own_start(bad, run, {}), Error);
  file.metadata["paucal.start"] = R"({"model.width": 100000})";
  models::write_safetensors(bad, file);
  EXPECT_THROW(take_own_start(bad, run, {}), Error);
  file.metadata["paucal.start"] = "[";
  models::write_safetensors(bad, file);
  EXPECT_THROW(take_own_start(bad, run, {}), Error);
}

}  // namespace
}  // namespace paucal::pipeline
