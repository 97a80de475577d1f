#include "models/published.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/types.h>

#include <set>

#include "models/image_model.h"
#include "models/mobile_plan.h"

namespace paucal::models {
namespace {

// The list without torch and the network that is built are the same.
TEST(Published, ListsWhatTheNetworksHave) {
  std::set<std::string_view> seen;
  for (const Published& network : published_networks()) {
    if (!seen.insert(network.arch).second) continue;
    ModelOptions options;
    options.arch = network.arch;
    const auto model = make_model(options, 2);
    std::map<std::string, std::vector<int64_t>> expected, listed;
    const auto add = [&](const std::string& name, const at::Tensor& tensor) {
      if (!name.starts_with("fc.") && !name.ends_with("num_batches_tracked"))
        expected[name] = tensor.sizes().vec();
    };
    for (const auto& item : model->named_parameters()) add(item.key(), item.value());
    for (const auto& item : model->named_buffers()) add(item.key(), item.value());
    for (const PublishedTensor& tensor : network.tensors(network.arch))
      if (!tensor.ours.empty()) listed[tensor.ours] = tensor.shape;
    EXPECT_EQ(listed, expected) << network.arch;
  }
}

TEST(Published, NamesEachTensorOnce) {
  for (const Published& network : published_networks()) {
    std::set<std::string> theirs;
    const auto tensors = network.tensors(network.arch);
    for (const PublishedTensor& tensor : tensors) theirs.insert(tensor.theirs);
    EXPECT_EQ(theirs.size(), tensors.size()) << network.arch << " of " << network.source;
    EXPECT_TRUE(tensors[0].reads_image) << network.arch;
  }
}

// Of timm's and torchvision's networks, without head and classifier; and to stride 16.
TEST(Published, NetworksHaveAsManyParametersAsPublished) {
  struct Count {
    const char* arch;
    int64_t all, to_s16;
  };
  for (const Count& count : {Count{"efficientnet_lite0", 2'958'848, 700'768},
                             {"efficientnet_lite1", 3'723'520, 989'280},
                             {"efficientnet_lite2", 4'357'952, 1'161'584},
                             {"mobilenet_v2", 1'811'712, 542'528},
                             {"mobilenet_v3_small", 870'560, 190'520},
                             {"mobilenet_v3_large", 2'816'432, 792'488},
                             {"repvgg_a0", 7'827'968, 5'365'248},
                             {"mobileone_s0", 4'268'272, 3'199'472},
                             {"convnext_atto", 3'373'880, 1'492'920}}) {
    const auto parameters = [&](const std::string& cut) {
      ModelOptions options;
      options.arch = count.arch;
      options.cut = cut;
      const auto model = make_model(options, 1);
      int64_t sum = 0;
      for (const auto& item : model->named_parameters())
        if (!item.key().starts_with("fc.")) sum += item.value().numel();
      return sum;
    };
    EXPECT_EQ(parameters("none"), count.all) << count.arch;
    EXPECT_EQ(parameters("s16"), count.to_s16) << count.arch;
  }
}

TEST(Published, KnowsTheNamesOfEachSource) {
  const auto theirs = [](std::string_view arch, std::string_view source, const std::string& ours) {
    for (const Published& network : published_networks())
      if (network.arch == arch && network.source == source)
        for (const PublishedTensor& tensor : network.tensors(arch))
          if (tensor.ours == ours) return tensor.theirs;
    return std::string("none");
  };
  const std::string first = "blocks.0.0.depthwise.weight", later = "blocks.2.1.project_bn.bias";
  EXPECT_EQ(theirs("efficientnet_lite0", "timm", first), "blocks.0.0.conv_dw.weight");
  EXPECT_EQ(theirs("efficientnet_lite0", "timm_tf", later), "blocks.2.1.bn3.bias");
  EXPECT_EQ(theirs("efficientnet_lite0", "rangilyu", later), "blocks.2.1._bn2.bias");
  EXPECT_EQ(theirs("efficientnet_lite0", "lukemelas", first), "_blocks.0._depthwise_conv.weight");
  EXPECT_EQ(theirs("efficientnet_lite0", "lukemelas", later), "_blocks.4._bn2.bias");
  EXPECT_EQ(theirs("mobilenet_v2", "torchvision", "stem.weight"), "features.0.0.weight");
  EXPECT_EQ(theirs("mobilenet_v2", "torchvision", first), "features.1.conv.0.0.weight");
  EXPECT_EQ(theirs("mobilenet_v2", "torchvision", later), "features.5.conv.3.bias");
  EXPECT_EQ(theirs("mobilenet_v2", "huggingface", first), "conv_stem.conv_3x3.convolution.weight");
  EXPECT_EQ(theirs("mobilenet_v2", "huggingface", later), "layer.3.reduce_1x1.normalization.bias");
  const std::string squeeze = "blocks.2.0.squeeze.weight";
  EXPECT_EQ(theirs("mobilenet_v3_small", "torchvision", squeeze), "features.4.block.2.fc1.weight");
  EXPECT_EQ(theirs("mobilenet_v3_small", "timm", squeeze), "blocks.2.0.se.conv_reduce.weight");
  EXPECT_EQ(theirs("repvgg_a0", "original", "stages.1.2.identity.bias"),
            "stage2.2.rbr_identity.bias");
  EXPECT_EQ(theirs("repvgg_a0", "original", "stem.branch0.weight"), "stage0.rbr_dense.conv.weight");
  EXPECT_EQ(theirs("mobileone_s0", "original", "stages.0.1.branch3_bn.weight"),
            "stage1.1.rbr_conv.3.bn.weight");
  EXPECT_EQ(theirs("convnext_atto", "original", "stages.0.down_norm.bias"),
            "downsample_layers.0.1.bias");
  EXPECT_EQ(theirs("convnext_atto", "original", "stages.2.blocks.1.gamma"), "stages.2.1.gamma");
  EXPECT_EQ(theirs("resnet18", "huggingface", "layer2.0.downsample.0.weight"),
            "encoder.stages.1.layers.0.shortcut.convolution.weight");
}

TEST(MobilePlan, ScalesToMultiplesOfEight) {
  const MobilePlan plan = mobile_plan("mobilenet_v2", 8).value();
  EXPECT_EQ(plan.stem, 8);
  EXPECT_EQ(plan.groups[0][0].out, 8);
  EXPECT_EQ(plan.groups[6][0].out, 80);
  EXPECT_EQ(mobile_plan("resnet18"), std::nullopt);
}

}  // namespace
}  // namespace paucal::models
