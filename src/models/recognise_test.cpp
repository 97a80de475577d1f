#include "models/recognise.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "base/files.h"
#include "models/test_support.h"

namespace paucal::models {
namespace {

using test::error_of;
using ::testing::AllOf;
using ::testing::HasSubstr;

const Published& network_of(std::string_view arch, std::string_view source) {
  return *std::ranges::find_if(published_networks(), [&](const Published& network) {
    return network.arch == arch && network.source == source;
  });
}

// The names in a file of `source`.
WeightNames file_names(std::string_view arch, std::string_view source,
                       const std::string& prefix = "") {
  const Published& network = network_of(arch, source);
  WeightNames names{"/nowhere/weights.pth", {}, {}};
  for (const PublishedTensor& tensor : network.tensors(arch))
    names.shapes[prefix + tensor.theirs] = tensor.shape;
  names.shapes[prefix + "classifier.weight"] = {1000, 1280};
  return names;
}

TEST(Recognise, EveryPublishedNetworkByItsNames) {
  for (const Published& network : published_networks()) {
    const WeightNames names = file_names(network.arch, network.source);
    const auto found = recognise(names, std::string(network.source));
    ASSERT_TRUE(found) << network.arch << " of " << network.source;
    EXPECT_EQ(found->arch, network.arch);
    EXPECT_EQ(found->source, network.source);
    EXPECT_EQ(found->arithmetic, network.arithmetic);
  }
}

TEST(Recognise, CutsOffEveryWrapper) {
  for (const std::string wrapper :
       {"module.", "_orig_mod.", "state_dict.", "state_dict_ema.", "model_ema.", "model.",
        "teacher.", "backbone.", "state_dict.module.", "model.module."}) {
    const auto found = recognise(file_names("mobilenet_v2", "torchvision", wrapper), "auto");
    ASSERT_TRUE(found) << wrapper;
    EXPECT_EQ(found->prefix, wrapper);
  }
  // Averaged weights are those that were evaluated.
  WeightNames both = file_names("mobilenet_v2", "torchvision", "state_dict.");
  both.shapes.merge(file_names("mobilenet_v2", "torchvision", "state_dict_ema.").shapes);
  both.shapes["optimizer.state.0.exp_avg"] = {3};
  EXPECT_EQ(recognise(both, "auto")->prefix, "state_dict_ema.");
}

TEST(Recognise, TakesLinearLayersForConvolutions) {
  WeightNames names = file_names("mobilenet_v2", "torchvision");
  names.shapes["features.2.conv.0.0.weight"] = {96, 16};
  EXPECT_EQ(recognise(names, "auto")->arch, "mobilenet_v2");
}

TEST(Recognise, AsksWhereNamesDoNotDecide) {
  WeightNames names = file_names("efficientnet_lite0", "timm");
  EXPECT_THAT(error_of([&] { recognise(names, "auto"); }),
              AllOf(HasSubstr("'/nowhere/weights.pth': efficientnet_lite0"),
                    HasSubstr("model.weights_source=timm or model.weights_source=timm_tf")));
  EXPECT_EQ(recognise(names, "timm_tf")->arithmetic.padding, "same");
  names.path = "/nowhere/tf_efficientnet_lite0-0aa007d2.pth";
  EXPECT_EQ(recognise(names, "auto")->source, "timm_tf");
  names.path = "/nowhere/efficientnet_lite0_ra-37913777.pth";
  EXPECT_EQ(recognise(names, "auto")->source, "timm");
  EXPECT_EQ(recognise(names, "auto")->arithmetic.bn_eps, 1e-5);
}

TEST(Recognise, ReadsTheConfigBesideTheFile) {
  const test::TempFolder folder;
  WeightNames names = file_names("efficientnet_lite0", "timm");
  names.path = folder / "model.safetensors";
  const auto with = [&](const std::string& config) {
    write_text_atomic(folder / "config.json", config);
    return recognise(names, "auto");
  };
  EXPECT_EQ(with(R"({"architecture": "tf_efficientnet_lite0"})")->source, "timm_tf");
  const auto found = with(R"({"architecture": "efficientnet_lite0",
                              "pretrained_cfg": {"mean": [0.4, 0.5, 0.6], "std": [0.1, 0.2, 0.3]}})");
  EXPECT_EQ(found->source, "timm");
  EXPECT_EQ(found->arithmetic.mean, (std::vector<double>{.4, .5, .6}));
  EXPECT_EQ(found->arithmetic.std, (std::vector<double>{.1, .2, .3}));
  for (const char* config : {"", "{", "[]", R"({"architecture": 3})",
                             R"({"architecture": "resnet18"})", R"({"pretrained_cfg": 1})"})
    EXPECT_THAT(error_of([&] { with(config); }), HasSubstr("weights_source")) << config;
  // Numbers that cannot be are not taken over.
  EXPECT_EQ(with(R"({"architecture": "efficientnet_lite0",
                     "pretrained_cfg": {"mean": [0, 0, 1e9], "std": [0, 1, 1]}})")
                ->arithmetic.mean[0],
            .485);
}

TEST(Recognise, NamesTheFirstTensorsThatAreWrong) {
  WeightNames names = file_names("mobilenet_v2", "torchvision");
  names.shapes["features.3.conv.3.bias"] = {25};
  names.shapes["extra.weight"] = {1};
  for (int i = 6; i < 12; ++i) names.shapes.erase(fmt::format("features.{}.conv.3.bias", i));
  EXPECT_THAT(error_of([&] { recognise(names, "auto"); }),
              AllOf(HasSubstr("nearly mobilenet_v2 of torchvision"),
                    HasSubstr("'features.3.conv.3.bias' is [25], expected [24]"),
                    HasSubstr("'features.6.conv.3.bias' is missing"), HasSubstr("and 3 more")));
  names = file_names("mobilenet_v2", "torchvision");
  names.shapes["extra.weight"] = {1};
  EXPECT_THAT(error_of([&] { recognise(names, "auto"); }),
              HasSubstr("'extra.weight' is left over"));
}

TEST(Recognise, LeavesOtherFilesToOurOwnNames) {
  WeightNames names;
  EXPECT_EQ(recognise(names, "auto"), std::nullopt);
  names.shapes["conv1.weight"] = {4, 3, 7, 7};  // a narrow ResNet
  names.shapes["layer1.0.conv1.weight"] = {4, 4, 3, 3};
  EXPECT_EQ(recognise(names, "auto"), std::nullopt);
  EXPECT_THAT(error_of([&] { recognise(names, "timm"); }),
              HasSubstr("expected model.weights_source=auto"));
  names = file_names("resnet18", "torchvision");
  EXPECT_EQ(recognise(names, "auto")->source, "torchvision");
  names.metadata["format"] = "paucal";
  EXPECT_EQ(recognise(names, "auto"), std::nullopt);
}

}  // namespace
}  // namespace paucal::models
