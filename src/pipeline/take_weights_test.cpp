#include "pipeline/take_weights.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"
#include "models/published.h"
#include "models/safetensors.h"

namespace paucal::pipeline {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class TakeWeightsTest : public ::testing::Test {
 protected:
  TakeWeightsTest() { fs::create_directories(folder_); }
  ~TakeWeightsTest() override { fs::remove_all(folder_); }

  // A file of the first network in the table with these names, without values that matter.
  std::string file_of(std::string_view arch, std::string_view source, const std::string& name) {
    models::TensorFile file;
    for (const models::Published& network : models::published_networks()) {
      if (network.arch != arch || network.source != source) continue;
      for (const models::PublishedTensor& tensor : network.tensors(arch))
        file.tensors[tensor.theirs] = torch::zeros(tensor.shape);
    }
    models::write_safetensors(folder_ / name, file);
    return (folder_ / name).string();
  }
  static Recipe resolved(const std::vector<std::string>& keys) {
    Recipe recipe = load_recipe("", keys);
    take_weights(recipe, keys);
    return recipe;
  }

  fs::path folder_ = fs::temp_directory_path() / fmt::format("paucal_take_weights_{}", getpid());
};

TEST_F(TakeWeightsTest, TheFileBringsItsNetworkAndArithmetic) {
  const std::string file = file_of("efficientnet_lite0", "timm_tf", "tf_efficientnet_lite0.bin");
  const Recipe grey = resolved({"model.weights=" + file, "input.multiple=16"});
  EXPECT_EQ(grey.model.arch, "efficientnet_lite0");
  EXPECT_EQ(grey.model.padding, "same");
  EXPECT_EQ(grey.model.bn_eps, 1e-3);
  EXPECT_EQ(grey.model.bn, "frozen");
  EXPECT_THAT(grey.model.taps, ElementsAre("s8", "s16"));
  EXPECT_EQ(grey.input.normalise, edge::Normalise::kFixed);
  EXPECT_THAT(grey.input.mean, ElementsAre(.5));
  EXPECT_EQ(grey.input.multiple, 32) << "for TensorFlow's padding";
  EXPECT_EQ(edge::check(grey.input), std::nullopt);
  const Recipe colour = resolved(
      {"model.weights=" + file, "input.channels=3", "train.batch=64", "task=classification"});
  EXPECT_THAT(colour.input.mean, ElementsAre(.5, .5, .5));
  EXPECT_EQ(colour.model.bn, "train");
  EXPECT_THAT(colour.model.taps, ElementsAre());
}

TEST_F(TakeWeightsTest, WhatIsTypedGoesFirst) {
  const std::string file = file_of("mobilenet_v2", "torchvision", "m.bin");
  EXPECT_EQ(resolved({"model.weights=" + file, "model.arch=resnet18"}).model.arch, "resnet18");
  EXPECT_THAT(resolved({"model.weights=" + file, "model.taps=s4"}).model.taps, ElementsAre("s4"));
  EXPECT_EQ(resolved({"model.weights=" + file, "model.bn=train"}).model.bn, "train");
  EXPECT_EQ(resolved({"model.weights=" + file, "input.normalise=image"}).input.normalise,
            edge::Normalise::kImage);
}

TEST_F(TakeWeightsTest, ImagesAreSeenAtFullScaleUnlessOneIsTyped) {
  const std::string file = file_of("mobilenet_v2", "torchvision", "m.bin");
  const fs::path yaml = folder_ / "recipe.yaml";
  write_text_atomic(yaml, "input: {scale: 0.5}\n");
  Recipe recipe = load_recipe(yaml, {"model.weights=" + file});
  take_weights(recipe, {"model.weights=" + file});
  EXPECT_EQ(recipe.input.scale, 1);
  EXPECT_EQ(resolved({"model.weights=" + file, "input.scale=0.5"}).input.scale, .5);
}

TEST_F(TakeWeightsTest, RefusesSidesThatSamePaddingCannotHave) {
  const std::string file = file_of("efficientnet_lite0", "lukemelas", "e.bin");
  try {
    resolved({"model.weights=" + file, "input.fit=squash", "input.width=100", "input.height=96"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("input 100 × 96, expected sides that are multiples of 32"));
  }
}

TEST_F(TakeWeightsTest, LeavesFilesAloneThatItDoesNotKnow) {
  const Recipe without = resolved({});
  for (const std::string& file : {(folder_ / "none.pth").string(), std::string()}) {
    Recipe recipe = resolved({"model.weights=" + file});
    recipe.model.weights.clear();
    Recipe expected = without;
    EXPECT_EQ(options_of(recipe).to_json(), options_of(expected).to_json());
  }
}

TEST_F(TakeWeightsTest, TheOldKeyNamesTheNewOne) {
  try {
    load_recipe("", {"weights=a.pth"});
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("weights is now model.weights"));
  }
}

}  // namespace
}  // namespace paucal::pipeline
