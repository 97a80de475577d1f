#include "models/detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "base/error.h"
#include "models/load_weights.h"
#include "models/roi_align.h"
#include "models/safetensors.h"
#include "models/test_support.h"

namespace paucal::models {
namespace {

using test::error_of;
using test::noise;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::StartsWith;

constexpr int kSide = 64, kClasses = 3, kBoxClasses = 2;

ModelOptions detector_options(const std::string& arch, const std::string& neck,
                              const std::string& head) {
  ModelOptions options;
  options.arch = arch;
  options.width = 8;
  options.detector.neck = neck;
  options.detector.neck_width = 16;
  options.detector.bbox_head.type = head;
  options.detector.bbox_head.width = 8;
  options.detector.bbox_head.fc = 12;
  options.detector.refine.type = "oicr";
  options.detector.regions.size = 3;
  return options;
}

std::shared_ptr<Detector> detector_of(const ModelOptions& options) {
  return std::dynamic_pointer_cast<Detector>(make_model(options, kClasses, kBoxClasses));
}

at::Tensor detector_images() {
  return noise(int64_t{2} * 3 * kSide * kSide, 0).view({2, 3, kSide, kSide});
}

at::Tensor detector_rois() {
  return torch::tensor(
      {{0.f, 4.f, 4.f, 40.f, 30.f}, {1.f, 0.f, 0.f, 64.f, 64.f}, {1.f, 20.f, 30.f, 28.f, 38.f}});
}

// All that the heads say of the images.
std::vector<at::Tensor> outputs_of(Detector& detector, const Detector::Seen& seen) {
  const DetectorOptions& options = detector.options().detector;
  std::vector<at::Tensor> outputs;
  if (options.bbox_head.type == "mil") {
    const RegionOutput said = detector.regions(seen.levels, detector_rois());
    outputs = {said.classes, said.regions, said.deltas};
    outputs.insert(outputs.end(), said.refined.begin(), said.refined.end());
    return outputs;
  }
  for (size_t which = 0; which < (options.bbox_head.type == "cps_rpn" ? 2 : 1); ++which) {
    const DenseOutput said = detector.dense(seen.levels, which);
    outputs.insert(outputs.end(), said.logits.begin(), said.logits.end());
    outputs.insert(outputs.end(), said.deltas.begin(), said.deltas.end());
  }
  return outputs;
}

using Kind = std::tuple<const char*, const char*, const char*>;

class EveryDetector : public ::testing::TestWithParam<Kind> {
 protected:
  const std::string arch_ = std::get<0>(GetParam());
  const std::string neck_ = std::get<1>(GetParam());
  const std::string head_ = std::get<2>(GetParam());
  const ModelOptions options_ = detector_options(arch_, neck_, head_);
};

TEST_P(EveryDetector, LevelsHaveTheirStrides) {
  const at::NoGradGuard no_grad;
  const auto detector = detector_of(options_);
  ASSERT_TRUE(detector);
  detector->eval();
  const Detector::Seen seen = detector->see(detector_images());
  const std::vector<int>& strides = detector->level_strides();
  ASSERT_EQ(seen.levels.size(), strides.size());
  if (neck_ == "fpn") {
    EXPECT_EQ(strides[0], 8);
    EXPECT_GT(strides.size(), 1u);
  } else {
    EXPECT_EQ(strides.size(), 1u);
  }
  for (size_t i = 0; i < strides.size(); ++i) {
    if (i > 0) {
      EXPECT_EQ(strides[i], 2 * strides[i - 1]);
    }
    EXPECT_EQ(seen.levels[i].size(1), detector->feature_channels());
    EXPECT_EQ(seen.levels[i].size(2), kSide / strides[i]);
    EXPECT_EQ(seen.levels[i].size(3), kSide / strides[i]);
  }
  EXPECT_EQ(detector->output_stride(), strides[0]);
  EXPECT_EQ(seen.map.sizes(),
            (std::vector<int64_t>{2, kClasses, kSide / strides[0], kSide / strides[0]}));
  EXPECT_TRUE(at::equal(seen.map, detector->forward(detector_images()).map));
}

TEST_P(EveryDetector, HeadsSayOneThingOfEachAnchorOrRegion) {
  const at::NoGradGuard no_grad;
  const auto detector = detector_of(options_);
  detector->eval();
  const Detector::Seen seen = detector->see(detector_images());
  EXPECT_EQ(detector->box_classes(), kBoxClasses);
  if (head_ == "mil") {
    const RegionOutput said = detector->regions(seen.levels, detector_rois());
    EXPECT_EQ(said.classes.sizes(), (std::vector<int64_t>{3, kBoxClasses}));
    EXPECT_EQ(said.regions.sizes(), (std::vector<int64_t>{3, kBoxClasses}));
    EXPECT_EQ(said.deltas.sizes(), (std::vector<int64_t>{3, 4}));
    ASSERT_EQ(said.refined.size(), 3u);
    for (const at::Tensor& branch : said.refined)
      EXPECT_EQ(branch.sizes(), (std::vector<int64_t>{3, kBoxClasses + 1}));
    return;
  }
  const int anchors = options_.detector.anchors.per_cell();
  const DenseOutput said = detector->dense(seen.levels);
  ASSERT_EQ(said.logits.size(), seen.levels.size());
  for (size_t i = 0; i < said.logits.size(); ++i) {
    const int64_t side = seen.levels[i].size(2);
    EXPECT_EQ(said.logits[i].sizes(), (std::vector<int64_t>{2, anchors * kBoxClasses, side, side}));
    EXPECT_EQ(said.deltas[i].sizes(), (std::vector<int64_t>{2, anchors * 4, side, side}));
  }
}

TEST_P(EveryDetector, GradientsReachTheFirstLayer) {
  const auto detector = detector_of(options_);
  const Detector::Seen seen = detector->see(detector_images());
  at::Tensor loss = torch::zeros({});
  for (const at::Tensor& output : outputs_of(*detector, seen)) loss = loss + output.square().mean();
  loss.backward();
  // The heads alone: the class map has said nothing.
  const auto parameters = detector->named_parameters();
  EXPECT_FALSE(parameters["fc.weight"].grad().defined());
  const at::Tensor& gradient = parameters["backbone.conv1.weight"].grad();
  ASSERT_TRUE(gradient.defined());
  EXPECT_TRUE(gradient.isfinite().all().item<bool>());
  EXPECT_GT(gradient.abs().max().item<float>(), 0);
  for (const auto& item : parameters)
    // Regions are cut out of level 0: coarser ones reach it through the path down alone.
    if (!item.key().starts_with("backbone.") && !item.key().starts_with("fc.") &&
        !(head_ == "mil" && item.key().starts_with("neck.output") &&
          !item.key().starts_with("neck.output0"))) {
      ASSERT_TRUE(item.value().grad().defined()) << item.key();
      EXPECT_TRUE(item.value().grad().isfinite().all().item<bool>()) << item.key();
    }
}

TEST_P(EveryDetector, WeightsAreAFunctionOfTheSeed) {
  ModelOptions options = options_;
  const auto first = detector_of(options), again = detector_of(options);
  options.seed = 1;
  const auto other = detector_of(options);
  const auto again_parameters = again->named_parameters();
  const auto other_parameters = other->named_parameters();
  for (const auto& item : first->named_parameters()) {
    EXPECT_TRUE(at::equal(item.value(), again_parameters[item.key()])) << item.key();
    if (item.value().dim() >= 2) {
      EXPECT_FALSE(at::equal(item.value(), other_parameters[item.key()])) << item.key();
    }
  }
}

TEST_P(EveryDetector, TakesTheWeightsOfAClassifier) {
  ModelOptions plain = options_;
  plain.detector = {};
  const auto classifier = make_model(plain, kClasses);
  test::fill_with_noise(*classifier);
  TensorFile file;
  for (const auto& item : classifier->named_parameters()) file.tensors[item.key()] = item.value();
  for (const auto& item : classifier->named_buffers()) file.tensors[item.key()] = item.value();
  const test::TempFolder folder;
  write_safetensors(folder / "weights", file);

  const auto detector = detector_of(options_);
  // With a neck the class map reads another width; and the file's head is then no head of ours.
  if (detector->feature_channels() != classifier->feature_channels())
    file.tensors.erase("fc.weight");
  write_safetensors(folder / "weights", file);
  const LoadReport report = load_weights(*detector, folder / "weights");
  EXPECT_THAT(report.unexpected, IsEmpty());
  classifier->eval();
  detector->eval();
  const at::NoGradGuard no_grad;
  const auto expected = classifier->stages(detector_images());
  const auto stages = detector->stages(detector_images());
  ASSERT_EQ(stages.size(), expected.size());
  for (size_t i = 0; i < stages.size(); ++i)
    if (neck_ == "none" || plain.output_stride == 0) {
      EXPECT_TRUE(at::equal(stages[i], expected[i]));
    }
}

INSTANTIATE_TEST_SUITE_P(Zoo, EveryDetector,
                         ::testing::Combine(::testing::Values("pyramid10", "resnet10", "resnet18"),
                                            ::testing::Values("none", "fpn"),
                                            ::testing::Values("mil", "retinanet_mil", "cps_rpn")),
                         [](const auto& info) {
                           return fmt::format("{}_{}_{}", std::get<0>(info.param),
                                              std::get<1>(info.param), std::get<2>(info.param));
                         });

TEST(Detector, BeginsWithFewObjectsAndBoxesThatAreTheirAnchors) {
  const at::NoGradGuard no_grad;
  const auto detector = detector_of(detector_options("resnet10", "fpn", "retinanet_mil"));
  detector->eval();
  const DenseOutput said = detector->dense(detector->see(detector_images()).levels);
  for (const at::Tensor& logits : said.logits)
    EXPECT_NEAR(logits.sigmoid().mean().item<float>(), 0.01, 0.01);
  for (const at::Tensor& deltas : said.deltas) EXPECT_LT(deltas.abs().mean().item<float>(), 0.5);
}

TEST(Detector, IsTheBoxHeadThatTheModelOffers) {
  ModelOptions options = detector_options("resnet10", "fpn", "retinanet_mil");
  const auto model = make_model(options, kClasses, kBoxClasses);
  BoxHead* head = model->box_head();
  ASSERT_NE(head, nullptr);
  EXPECT_EQ(head, dynamic_cast<BoxHead*>(model.get()));
  EXPECT_EQ(head->map_stride(), model->map_stride());
  EXPECT_EQ(head->level_strides().front(), model->output_stride());
  options.detector = {};
  EXPECT_EQ(make_model(options, kClasses)->box_head(), nullptr);
}

// Two equal networks would have nothing to teach each other.
TEST(Detector, TheTwoNetworksOfCpsDiffer) {
  const at::NoGradGuard no_grad;
  const auto detector = detector_of(detector_options("resnet10", "none", "cps_rpn"));
  detector->eval();
  const auto levels = detector->see(detector_images()).levels;
  EXPECT_FALSE(
      at::equal(detector->dense(levels, 0).logits[0], detector->dense(levels, 1).logits[0]));
}

TEST(Detector, ReadsRegionsInNetworkPixels) {
  const at::NoGradGuard no_grad;
  const auto detector = detector_of(detector_options("resnet10", "fpn", "mil"));
  detector->eval();
  auto levels = detector->see(detector_images()).levels;
  const at::Tensor before = detector->regions(levels, detector_rois()).classes;
  // Region 2 lies over cells 2 to 4 (stride 8) across and 3 to 5 down of image 1: of what is far
  // away it knows nothing.
  levels[0] = levels[0].clone();
  levels[0].index_put_({1, at::indexing::Slice(), 0, 0}, 100);
  const at::Tensor after = detector->regions(levels, detector_rois()).classes;
  EXPECT_TRUE(at::equal(before[2], after[2]));
  EXPECT_TRUE(at::equal(before[0], after[0]));
  EXPECT_FALSE(at::equal(before[1], after[1]));
}

TEST(Detector, KeepsThePyramidFromTheAskedStrideOn) {
  ModelOptions options = detector_options("resnet10", "fpn", "retinanet_mil");
  options.output_stride = 16;
  EXPECT_EQ(detector_of(options)->level_strides(), (std::vector<int>{16, 32}));
  options.output_stride = 4;
  EXPECT_EQ(detector_of(options)->level_strides(), (std::vector<int>{4, 8, 16, 32}));
  options.output_stride = 6;
  EXPECT_THAT(error_of([&] { detector_of(options); }),
              HasSubstr("output_stride 6, expected one of its levels'"));
}

}  // namespace
}  // namespace paucal::models
