#include "models/mobile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "models/layers.h"
#include "models/same_padding.h"
#include "models/test_support.h"

namespace paucal::models {
namespace {

using test::error_of;
using ::testing::HasSubstr;

ModelOptions mobile_options(const std::string& arch) {
  ModelOptions options;
  options.arch = arch;
  options.width = 8;
  return options;
}

// One channel of ones: each place counts how many taps lie within the image.
std::vector<float> counted(int kernel, int stride, int own_stride, int64_t size, int dilation = 1) {
  const at::NoGradGuard no_grad;
  const auto layer = conv({.in = 1,
                           .out = 1,
                           .kernel = kernel,
                           .stride = own_stride,
                           .dilation = dilation,
                           .pads = false});
  layer->weight.fill_(1);
  const at::Tensor y = same_conv(*layer, stride, at::ones({1, 1, size, size}));
  const at::Tensor row = y[0][0][y.size(2) / 2] / static_cast<double>(kernel);
  return {row.data_ptr<float>(), row.data_ptr<float>() + row.numel()};
}

TEST(SamePadding, PadsAsTensorFlowDoes) {
  using Row = std::vector<float>;
  EXPECT_EQ(counted(3, 2, 2, 8), (Row{3, 3, 3, 2}));  // 0 and 1
  EXPECT_EQ(counted(5, 2, 2, 8), (Row{4, 5, 5, 3}));  // 1 and 2
  // In place of a stride: the strided result is every second of these.
  EXPECT_EQ(counted(3, 2, 1, 8), (Row{3, 3, 3, 3, 3, 3, 2, 1}));
  EXPECT_EQ(counted(5, 2, 1, 8), (Row{4, 5, 5, 5, 5, 4, 3, 2}));
}

TEST(Mobile, DilationKeepsWhatIsComputed) {
  const at::NoGradGuard no_grad;
  for (const std::string padding : {"symmetric", "same"}) {
    ModelOptions options = mobile_options("efficientnet_lite0");
    options.padding = padding;
    const auto strided = make_model(options, 2);
    test::fill_with_noise(*strided);
    strided->eval();
    const at::Tensor x = test::noise(3 * 96 * 96, 0).view({1, 3, 96, 96});
    const at::Tensor expected = strided->features(x);
    for (const int stride : {4, 8, 16}) {
      options.output_stride = stride;
      const auto dilated = make_model(options, 2);
      test::fill_with_noise(*dilated);
      dilated->eval();
      const at::Tensor features = dilated->features(x);
      EXPECT_EQ(features.size(2), 96 / stride);
      const at::Tensor sampled = features.slice(2, 0, {}, 32 / stride).slice(3, 0, {}, 32 / stride);
      EXPECT_TRUE(at::allclose(sampled, expected, 1e-3, 1e-5 * expected.abs().max().item<float>()))
          << padding << " " << stride;
    }
  }
}

TEST(Cut, LeavesLaterStagesOut) {
  const at::NoGradGuard no_grad;
  const at::Tensor x = test::noise(3 * 64 * 96, 0).view({1, 3, 64, 96});
  for (const std::string arch : {"mobilenet_v2", "resnet18"}) {
    ModelOptions options = mobile_options(arch);
    options.cut = "s8";
    const auto model = make_model(options, 2);
    const auto stages = model->stages(x);
    ASSERT_EQ(stages.size(), 2) << arch;
    EXPECT_EQ(model->output_stride(), 8) << arch;
    EXPECT_EQ(stages[1].size(2), 8) << arch;
    options.cut = "none";
    options.taps = {"s16", "s4"};
    const auto tapped = make_model(options, 2);
    EXPECT_EQ(tapped->stages(x).size(), 3) << arch;
    const Output output = tapped->forward(x);
    EXPECT_EQ(tapped->output_stride(), 4) << arch;
    EXPECT_EQ(output.map.sizes(), (std::vector<int64_t>{1, 2, 16, 24})) << arch;
    const auto tapped_stages = tapped->stages(x);
    EXPECT_EQ(tapped->feature_channels(), tapped_stages[0].size(1) + tapped_stages[2].size(1));
  }
}

TEST(Cut, NamesWhatCannotBe) {
  const auto refusal = [](ModelOptions options) {
    return error_of([&] { make_model(options, 2); });
  };
  ModelOptions options = mobile_options("mobilenet_v2");
  options.taps = {"s2"};
  EXPECT_THAT(refusal(options), HasSubstr("taps 's2', expected one of s4, s8, s16, s32"));
  options.taps = {"s8", "s8"};
  EXPECT_THAT(refusal(options), HasSubstr("expected each once"));
  options.taps = {"s16"};
  options.cut = "s8";
  EXPECT_THAT(refusal(options), HasSubstr("expected none behind cut=s8"));
  options.cut = "none";
  options.output_stride = 4;
  EXPECT_THAT(refusal(options), HasSubstr("output_stride 4, expected 0 or"));
  options = mobile_options("pyramid10");
  options.cut = "s8";
  EXPECT_THAT(refusal(options), HasSubstr("model.cut and model.taps, expected neither"));
  options.cut = "none";
  options.padding = "same";
  EXPECT_THAT(refusal(options), HasSubstr("model.padding=same, expected symmetric"));
}

}  // namespace
}  // namespace paucal::models
