#include "models/load_start.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <limits>

#include "models/detector.h"
#include "models/safetensors.h"
#include "models/test_support.h"

namespace paucal::models {
namespace {

using test::error_of;
using ::testing::HasSubstr;

ModelOptions lite0(int channels = 3) {
  ModelOptions options;
  options.arch = "efficientnet_lite0";
  options.channels = channels;
  options.taps = {"s8", "s16"};
  options.seed = 5;
  return options;
}

edge::PreprocessOptions fixed_input(int channels, std::vector<double> mean,
                                    std::vector<double> std) {
  edge::PreprocessOptions input;
  input.channels = channels;
  input.normalise = edge::Normalise::kFixed;
  input.mean = std::move(mean);
  input.std = std::move(std);
  return input;
}

// A file of timm's efficientnet_lite0 with values, and the network that has them.
class LoadStart : public ::testing::Test {
 protected:
  LoadStart() {
    test::fill_with_noise(*source_);
    source_->eval();
    start_ = lite0();
    start_.weights = (folder_ / "weights.safetensors").string();
    start_.weights_source = "timm";
    const auto parameters = source_->named_parameters();
    const auto buffers = source_->named_buffers();
    for (const Published& network : published_networks()) {
      if (network.arch != "efficientnet_lite0" || network.source != "timm") continue;
      published_ = network.arithmetic;
      for (const PublishedTensor& tensor : network.tensors(network.arch)) {
        at::Tensor value = torch::rand(tensor.shape);
        if (const at::Tensor* own = parameters.find(tensor.ours)) value = *own;
        if (const at::Tensor* own = buffers.find(tensor.ours)) value = *own;
        file_.tensors[tensor.theirs] = value;
      }
    }
    file_.tensors["classifier.weight"] = torch::rand({1000, 1280});
    write();
  }
  void write() { write_safetensors(start_.weights, file_); }

  std::shared_ptr<ImageModel> loaded(ModelOptions options, const edge::PreprocessOptions& input) {
    auto model = make_model(options, 2);
    load_start(*model, start_, input);
    model->eval();
    return model;
  }
  // Values of white being 1 as the file's network reads them.
  at::Tensor normalised(const at::Tensor& rgb) const {
    const auto row = [](const std::vector<double>& v) {
      return torch::tensor(v, at::kFloat).view({1, 3, 1, 1});
    };
    return (rgb - row(published_.mean)) / row(published_.std);
  }

  test::TempFolder folder_;
  std::shared_ptr<ImageModel> source_ = make_model(lite0(), 2);
  ModelOptions start_;
  Arithmetic published_;
  TensorFile file_;
};

TEST_F(LoadStart, GivesTheFeaturesOfTheFile) {
  const at::NoGradGuard no_grad;
  const auto model = loaded(lite0(), fixed_input(3, published_.mean, published_.std));
  const at::Tensor x = test::noise(2 * 3 * 64 * 64, 0).view({2, 3, 64, 64});
  EXPECT_TRUE(at::equal(model->features(x), source_->features(x)));
  EXPECT_EQ(model->feature_channels(), 40 + 112);
  EXPECT_EQ(model->output_stride(), 8);
}

// Inside, where no padding reaches: means that differ are padded with others.
at::Tensor inside(const at::Tensor& map) {
  return map.slice(2, 12, 20).slice(3, 12, 20);
}

TEST_F(LoadStart, ReadsGreyAsTheColourNetworkReadsGrey) {
  const at::NoGradGuard no_grad;
  const at::Tensor grey = test::noise(128 * 128, 0).view({1, 1, 128, 128}) + .5;
  ModelOptions options = lite0(1);
  options.taps = {"s4"};
  options.cut = "s4";
  const auto model = loaded(options, fixed_input(1, {.4}, {.3}));
  const at::Tensor expected = source_->stages(normalised(grey.expand({1, 3, 128, 128})))[0];
  const at::Tensor got = model->stages((grey - .4) / .3)[0];
  EXPECT_LT((inside(got) - inside(expected)).abs().max().item<float>(),
            1e-4 * inside(expected).abs().max().item<float>());
}

// An image of its own mean 0 and spread 1 is read as a photo of usual spread.
TEST_F(LoadStart, ReadsAnImageOfItsOwnSpreadAsAPhoto) {
  const at::NoGradGuard no_grad;
  edge::PreprocessOptions input;
  input.channels = 3;
  input.normalise = edge::Normalise::kImage;
  ModelOptions options = lite0();
  options.taps = {"s4"};
  options.cut = "s4";
  const auto model = loaded(options, input);
  const at::Tensor x = test::noise(3 * 64 * 64, 0).view({1, 3, 64, 64});
  at::Tensor photo = x.clone();
  for (int c = 0; c < 3; ++c)
    photo.select(1, c).mul_(.226 / published_.std[static_cast<size_t>(c)]);
  const at::Tensor expected = source_->stages(photo)[0], got = model->stages(x)[0];
  EXPECT_LT((got - expected).abs().max().item<float>(), 1e-4 * expected.abs().max().item<float>());
}

TEST_F(LoadStart, LetsFurtherChannelsStartAtNothing) {
  const at::NoGradGuard no_grad;
  ModelOptions options = lite0(5);
  const auto model = loaded(options, fixed_input(3, published_.mean, published_.std));
  const at::Tensor x = test::noise(3 * 64 * 64, 0).view({1, 3, 64, 64});
  const at::Tensor more = torch::cat({x, torch::rand({1, 2, 64, 64})}, 1);
  EXPECT_TRUE(at::allclose(model->features(more), source_->features(x), 1e-4, 1e-4));
}

TEST_F(LoadStart, TakesHalvesAndLinearShapes) {
  for (auto& [name, tensor] : file_.tensors) {
    tensor = tensor.to(at::kBFloat16);
    if (tensor.dim() == 4 && tensor.size(2) == 1 && tensor.size(1) > 1) tensor = tensor.flatten(1);
  }
  write();
  const auto model = loaded(lite0(), fixed_input(3, published_.mean, published_.std));
  EXPECT_TRUE(at::allclose(model->named_parameters()["stem.weight"],
                           source_->named_parameters()["stem.weight"], 1e-2, 1e-2));
}

TEST_F(LoadStart, LoadsTheBackboneOfADetector) {
  ModelOptions options = lite0();
  options.taps = {};
  options.detector.bbox_head.type = "retinanet_mil";
  options.detector.neck = "fpn";
  const auto model = make_model(options, 2);
  const StartReport report =
      load_start(*model, start_, fixed_input(3, published_.mean, published_.std));
  EXPECT_TRUE(at::equal(model->named_parameters()["backbone.blocks.3.0.project.weight"],
                        source_->named_parameters()["blocks.3.0.project.weight"]));
  EXPECT_THAT(report.summary(), HasSubstr("efficientnet_lite0 (timm): "));
}

TEST(FrozenNorms, KeepTheirStatisticsInTraining) {
  ModelOptions options = lite0();
  options.width = 8;
  for (const std::string bn : {"train", "frozen"}) {
    options.bn = bn;
    const auto model = make_model(options, 2);
    model->train();
    EXPECT_TRUE(model->is_training());
    const at::Tensor before = model->named_buffers()["stem_bn.running_mean"].clone();
    model->forward(torch::rand({2, 3, 64, 64})).map.sum().backward();
    const bool kept = at::equal(before, model->named_buffers()["stem_bn.running_mean"]);
    EXPECT_EQ(kept, bn == "frozen");
    EXPECT_TRUE(model->named_parameters()["stem_bn.weight"].grad().defined());
  }
}

TEST_F(LoadStart, NamesWhatDoesNotFitAndChangesNothing) {
  ModelOptions other = lite0();
  other.arch = "mobilenet_v2";
  const auto input = fixed_input(3, published_.mean, published_.std);
  EXPECT_THAT(error_of([&] { loaded(other, input); }),
              HasSubstr("holds efficientnet_lite0 (timm), expected mobilenet_v2"));
  other = lite0();
  other.width = 16;
  EXPECT_THAT(error_of([&] { loaded(other, input); }), HasSubstr("expected model.width=0"));
  file_.tensors["bn1.bias"] =
      torch::full({32}, std::numeric_limits<float>::quiet_NaN(), at::kFloat);
  write();
  const auto model = make_model(lite0(), 2);
  const at::Tensor before = model->named_parameters()["stem.weight"].clone();
  EXPECT_THAT(error_of([&] { load_start(*model, start_, input); }),
              HasSubstr("bn1.bias: values that are not finite"));
  EXPECT_TRUE(at::equal(model->named_parameters()["stem.weight"], before));
}

}  // namespace
}  // namespace paucal::models
