#include "models/image_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "base/error.h"
#include "models/layers.h"
#include "models/test_support.h"

namespace paucal::models {
namespace {

using test::error_of;
using test::fill_with_noise;
using test::noise;
using ::testing::HasSubstr;

ModelOptions options_for(const std::string& arch, int width = 0, int output_stride = 0) {
  ModelOptions options;
  options.arch = arch;
  options.width = width;
  options.output_stride = output_stride;
  return options;
}

at::Tensor images(int n, int channels, int size) {
  return noise(int64_t{n} * channels * size * size, 0).view({n, channels, size, size});
}

int64_t parameter_count(const torch::nn::Module& module) {
  int64_t count = 0;
  for (const at::Tensor& parameter : module.parameters()) count += parameter.numel();
  return count;
}

void copy_state(const torch::nn::Module& from, torch::nn::Module& to) {
  const at::NoGradGuard no_grad;
  for (auto& item : to.named_parameters()) item.value().copy_(from.named_parameters()[item.key()]);
  for (auto& item : to.named_buffers()) item.value().copy_(from.named_buffers()[item.key()]);
}

float largest_difference(const at::Tensor& a, const at::Tensor& b) {
  EXPECT_EQ(a.sizes(), b.sizes());
  return ((a - b).abs().max() / b.abs().max()).item<float>();
}

class EveryModel : public ::testing::TestWithParam<std::string> {};

TEST_P(EveryModel, TrainsAllOfItsParameters) {
  ModelOptions options = options_for(GetParam(), /*width=*/8);
  options.channels = 1;
  const auto model = make_model(options, 3);
  const at::Tensor x = images(2, 1, 64);
  const Output output = model->forward(x);
  const int64_t side = 64 / model->output_stride();
  EXPECT_EQ(output.map.sizes(), (std::vector<int64_t>{2, 3, side, side}));
  EXPECT_EQ(output.logits().sizes(), (std::vector<int64_t>{2, 3}));
  torch::cross_entropy_loss(output.logits(), torch::tensor({0, 2})).backward();
  for (const auto& item : model->named_parameters()) {
    ASSERT_TRUE(item.value().grad().defined()) << item.key();
    EXPECT_TRUE(item.value().grad().isfinite().all().item<bool>()) << item.key();
    // A bias before a norm has no effect, so its gradient is rounding error, or 0.
    if (item.value().dim() == 4) {
      EXPECT_GT(item.value().grad().abs().max().item<float>(), 0) << item.key();
    }
  }
}

TEST_P(EveryModel, MeanOfTheMapIsTheLinearLayerOnPooledFeatures) {
  const at::NoGradGuard no_grad;
  const auto model = make_model(options_for(GetParam(), /*width=*/8), 4);
  fill_with_noise(*model);
  model->eval();
  const at::Tensor x = images(2, 3, 72);  // not a multiple of 32
  const Output output = model->forward(x);
  const auto parameters = model->named_parameters();
  const at::Tensor pooled = output.features.mean({2, 3});
  const at::Tensor logits =
      at::linear(pooled, parameters["fc.weight"].flatten(1), parameters["fc.bias"]);
  EXPECT_LT(largest_difference(output.logits(), logits), 1e-5);
  const auto stages = model->stages(x);
  EXPECT_TRUE(at::equal(model->features_of(stages), output.features));
  for (size_t i = 1; i < stages.size(); ++i) EXPECT_LE(stages[i].size(2), stages[i - 1].size(2));
}

TEST_P(EveryModel, WeightsAreAFunctionOfTheSeed) {
  ModelOptions options = options_for(GetParam(), /*width=*/8);
  const auto first = make_model(options, 2);
  const auto again = make_model(options, 2);
  options.seed = 1;
  const auto other = make_model(options, 2);
  for (const auto& item : first->named_parameters()) {
    EXPECT_TRUE(at::equal(item.value(), again->named_parameters()[item.key()])) << item.key();
    if (item.value().dim() == 4) {
      EXPECT_FALSE(at::equal(item.value(), other->named_parameters()[item.key()])) << item.key();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Zoo, EveryModel, ::testing::ValuesIn(model_names()), [](const auto& info) {
  std::string name = info.param;
  std::erase(name, '-');
  return name;
});

struct Torchvision {
  std::string arch;
  size_t tensors;
  uint64_t names_hash;  // FNV-1a of "name[shape]\n" over state_dict(), sorted
  int64_t parameters;
};

// Names, shapes and counts of torchvision 0.14.1, whose head is [1000, C] and ours [1000, C, 1, 1].
TEST(Resnet, HasTorchvisionsParameters) {
  const std::vector<Torchvision> expected = {
      {"resnet18", 122, 0x4e7f73b86194f352, 11'689'512},
      {"resnet34", 218, 0x4c8b54a85602fb70, 21'797'672},
      {"resnet50", 320, 0x80d9ec1fccf5bb08, 25'557'032},
  };
  for (const Torchvision& reference : expected) {
    const auto model = make_model(options_for(reference.arch), 1000);
    std::map<std::string, std::vector<int64_t>> shapes;
    for (const auto& item : model->named_parameters()) shapes[item.key()] = item->sizes().vec();
    for (const auto& item : model->named_buffers()) shapes[item.key()] = item->sizes().vec();
    shapes["fc.weight"].resize(2);
    uint64_t hash = 0xcbf29ce484222325;
    for (const auto& [name, shape] : shapes)
      for (const char c : fmt::format("{}[{}]\n", name, fmt::join(shape, ", ")))
        hash = (hash ^ static_cast<uint8_t>(c)) * 0x100000001b3;
    EXPECT_EQ(shapes.size(), reference.tensors) << reference.arch;
    EXPECT_EQ(hash, reference.names_hash) << reference.arch;
    EXPECT_EQ(parameter_count(*model), reference.parameters) << reference.arch;
  }
}

// Logits 0, 1, 500 and 999 of two images, from torchvision 0.14.1 with the same weights.
TEST(Resnet, ComputesWhatTorchvisionComputes) {
  const std::map<std::string, std::vector<float>> expected = {
      {"resnet18",
       {-1.503395F, 0.013523F, 1.971344F, -6.062841F, -1.134117F, 0.460405F, 3.430912F,
        -5.979609F}},
      {"resnet50",
       {161.420807F, -216.256958F, -434.930939F, 244.375732F, 158.965881F, -206.401443F,
        -409.192902F, 234.496017F}},
  };
  const at::NoGradGuard no_grad;
  for (const auto& [arch, values] : expected) {
    const auto model = make_model(options_for(arch), 1000);
    fill_with_noise(*model);
    model->eval();
    const at::Tensor logits = model->forward(images(2, 3, 64)).logits();
    const at::Tensor picked = logits.index_select(1, torch::tensor({0, 1, 500, 999})).flatten();
    EXPECT_LT(largest_difference(picked, torch::tensor(values)), 1e-5) << arch;
  }
}

// The strided network's features are those of the dilated one, at every second, fourth, … place.
TEST(OutputStride, DilationKeepsWhatIsComputed) {
  const at::NoGradGuard no_grad;
  for (const std::string arch : {"resnet10", "resnet18", "resnet50", "repvgg_a0", "wrn-37-2"}) {
    const auto strided = make_model(options_for(arch, 8), 2);
    fill_with_noise(*strided);
    strided->eval();
    const at::Tensor x = images(1, 3, 96);
    const at::Tensor expected = strided->features(x);
    for (int stride = 4; stride < strided->output_stride(); stride *= 2) {
      const auto dilated = make_model(options_for(arch, 8, stride), 2);
      copy_state(*strided, *dilated);
      dilated->eval();
      const at::Tensor features = dilated->features(x);
      EXPECT_EQ(dilated->output_stride(), stride);
      EXPECT_EQ(features.size(2), 96 / stride) << arch;
      const int64_t step = strided->output_stride() / stride;
      const at::Tensor sampled = features.slice(2, 0, {}, step).slice(3, 0, {}, step);
      EXPECT_LT(largest_difference(sampled, expected), 1e-5) << arch << " " << stride;
    }
  }
}

TEST(Wrn, HasTheParametersOfThePublishedNetworks) {
  // TorchSSL's counts include biases in all convolutions; without them the paper's networks.
  ModelOptions options = options_for("wrn-28-2");
  EXPECT_EQ(parameter_count(*make_model(options, 10)), 1'469'642);
  options.conv_bias = false;
  EXPECT_EQ(parameter_count(*make_model(options, 10)), 1'467'610);
  const auto names = make_model(options_for("wrn-37-2"), 10)->named_parameters();
  EXPECT_TRUE(names.contains("block4.layer.0.convShortcut.weight"));
  EXPECT_EQ(names["fc.weight"].size(1), 256);
}

// Written out in plain operations: every residual branch sees normed and activated input, the
// first block's shortcut too, the other shortcuts the raw one.
TEST(Wrn, ComputesThePreactivationNetwork) {
  const at::NoGradGuard no_grad;
  const auto model = make_model(options_for("wrn-16-2"), 5);
  fill_with_noise(*model);
  model->eval();
  const auto p = model->named_parameters();
  const auto b = model->named_buffers();
  const auto conv = [&](const std::string& name, const at::Tensor& x, int stride) {
    const int64_t padding = p[name + ".weight"].size(2) / 2;
    return at::conv2d(x, p[name + ".weight"], p[name + ".bias"], stride, padding);
  };
  const auto active = [&](const std::string& name, const at::Tensor& x) {
    const at::Tensor y =
        at::batch_norm(x, p[name + ".weight"], p[name + ".bias"], b[name + ".running_mean"],
                       b[name + ".running_var"], false, 0, 1e-3, false);
    return at::where(y > 0, y, y * 0.1);
  };
  const at::Tensor x = images(2, 3, 32);
  at::Tensor y = conv("conv1", x, 1);
  for (int stage = 1; stage <= 3; ++stage)
    for (int block = 0; block < 2; ++block) {
      const std::string at = fmt::format("block{}.layer.{}.", stage, block);
      const int stride = block == 0 && stage > 1 ? 2 : 1;
      const at::Tensor start = active(at + "bn1", y);
      const at::Tensor branch =
          conv(at + "conv2", active(at + "bn2", conv(at + "conv1", start, stride)), 1);
      const at::Tensor& source = stage == 1 && block == 0 ? start : y;
      y = branch + (block == 0 ? conv(at + "convShortcut", source, stride) : source);
    }
  const at::Tensor map = conv("fc", active("bn1", y), 1);
  EXPECT_LT(largest_difference(model->forward(x).map, map), 1e-5);
}

TEST(Weights, AreDrawnWithHesVariance) {
  const auto model = make_model(options_for("wrn-16-2"), 10);
  const at::Tensor weight = model->named_parameters()["block3.layer.1.conv1.weight"];
  EXPECT_NEAR(weight.var().item<float>() * 128 * 9 / 2, 1, 0.02);
  EXPECT_NEAR(weight.mean().item<float>(), 0, 1e-3);
  EXPECT_EQ(model->named_parameters()["fc.bias"].abs().max().item<float>(), 0);
  EXPECT_EQ(model->named_parameters()["bn1.weight"].min().item<float>(), 1);
}

TEST(Norms, TakeMomentumAndEpsilonFromTheOptions) {
  ModelOptions options;
  EXPECT_EQ(Norm{}.overridden_by(options).momentum, 0.1);
  options.bn_momentum = 0.5;
  options.bn_eps = 0.01;
  EXPECT_EQ(Norm{}.overridden_by(options).momentum, 0.5);
  EXPECT_EQ(Norm{}.overridden_by(options).eps, 0.01);
}

TEST(Dropout, DropsWholeChannelsInTrainingOnly) {
  ModelOptions options = options_for("resnet10", 8);
  options.dropout = 0.5;
  const auto model = make_model(options, 2);
  const at::Tensor features = at::ones({4, 64, 3, 3});
  const at::Tensor training = model->head(features);
  // The same channels everywhere: the map of an even input stays even.
  EXPECT_LT((training - training.mean({2, 3}, true)).abs().max().item<float>(), 1e-5);
  EXPECT_GT((training[0] - training[1]).abs().max().item<float>(), 1e-5);
  model->eval();
  EXPECT_TRUE(at::equal(model->head(features), model->head(features)));
}

TEST(HeadPrior, IsWhereTheMapStarts) {
  const at::NoGradGuard no_grad;
  const auto model = make_model(options_for("resnet10", 8), 2);
  model->set_head_prior(0.01);
  model->eval();
  const at::Tensor map = at::sigmoid(model->forward(images(2, 3, 64)).map);
  EXPECT_NEAR(map.mean().item<float>(), 0.01, 0.005);
}

TEST(MakeModel, NamesWhatIsWrong) {
  EXPECT_THAT(error_of([] { make_model(options_for("resnet81"), 2); }), HasSubstr("resnet18"));
  EXPECT_THAT(error_of([] { make_model(options_for("resnet18", 0, 12), 2); }),
              HasSubstr("output_stride 12, expected a power of two from 4 to 32"));
  EXPECT_THAT(error_of([] { make_model(options_for("wrn-28-2", 0, 16), 2); }),
              HasSubstr("from 4 to 4"));
  EXPECT_THAT(error_of([] { make_model(options_for("resnet10"), 0); }), HasSubstr("0 classes"));
  ModelOptions none;
  none.channels = 0;
  EXPECT_THAT(error_of([&] { make_model(none, 2); }), HasSubstr("channels 0, expected at least 1"));
  const auto model = make_model(options_for("resnet10", 8), 2);
  EXPECT_THAT(error_of([&] {
                model->forward(at::zeros({1, 1, 32, 32}));
              }),
              HasSubstr("[1, 1, 32, 32], expected [N, 3, H, W]"));
}

TEST(Upscale, TheMapSaysSeveralPlacesACell) {
  ModelOptions options;
  options.arch = "pyramid10";
  options.channels = 1;
  options.width = 8;
  options.upscale = 4;
  const auto model = make_model(options, 3);
  model->eval();
  const torch::NoGradGuard no_grad;
  const Output output = model->forward(torch::randn({2, 1, 64, 96}));
  EXPECT_EQ(output.features.sizes(), (std::vector<int64_t>{2, 8, 16, 24}));
  EXPECT_EQ(output.map.sizes(), (std::vector<int64_t>{2, 3, 64, 96}));
  EXPECT_EQ(model->map_stride(), 1);
  const at::Tensor cells = model->head(output.features);
  EXPECT_EQ(output.map[1][2][4 * 5 + 3][4 * 7 + 1].item<float>(),
            cells[1][(2 * 4 + 3) * 4 + 1][5][7].item<float>());
  options.upscale = 3;
  EXPECT_THROW(make_model(options, 3), Error) << "3 does not divide 4";
}

}  // namespace
}  // namespace paucal::models
