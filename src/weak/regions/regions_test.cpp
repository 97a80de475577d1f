// Regions: how seeds are chosen, what branches learn, and whole detectors on small squares.

#include "weak/regions/regions.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include "base/error.h"
#include "models/detector.h"
#include "train/optimiser.h"
#include "weak/dense/detection.h"
#include "weak/dense/test_squares.h"
#include "weak/map/mil.h"
#include "weak/regions/region_seeds.h"

namespace paucal::weak {
namespace {

using namespace test;

at::Tensor boxes_of(const std::vector<edge::Box>& boxes) {
  std::vector<float> values;
  for (const edge::Box& b : boxes)
    for (const float side : {b.x0, b.y0, b.x1, b.y1}) values.push_back(side);
  return torch::tensor(values).reshape({-1, 4});
}

std::vector<int64_t> list(const at::Tensor& t) {
  return {t.data_ptr<int64_t>(), t.data_ptr<int64_t>() + t.numel()};
}
std::vector<float> floats(const at::Tensor& t) {
  return {t.data_ptr<float>(), t.data_ptr<float>() + t.numel()};
}

// Two objects, at 0 and at 100; regions 0 to 2 around the first, 3 and 4 around the second, 5 far
// from both. IoU with region 0: of 1 .8, of 2 .25.
RegionScores two_objects() {
  return {.boxes = boxes_of({{0, 0, 10, 10},
                             {0, 0, 10, 8},
                             {0, 0, 5, 5},
                             {100, 0, 110, 10},
                             {100, 0, 110, 9},
                             {300, 0, 310, 10}}),
          .scores = torch::tensor({.5f, .4f, .1f, .3f, .2f, .01f}).unsqueeze(1),
          .present = torch::ones({1})};
}

TEST(SpatialRegulariser, DrawsTheRegionsAboutTheBestOneTogether) {
  const RegionScores scores = two_objects();
  at::Tensor features = torch::zeros({6, 3});
  features[1] = 2;    // overlaps the best one
  features[2] = 7;    // too little
  features[4] = 100;  // about another object
  features.requires_grad_(true);
  const at::Tensor loss =
      spatial_regulariser(features, scores.scores, scores.boxes, scores.present);
  EXPECT_FLOAT_EQ(loss.item<float>(), .5f * .5f * .5f * 3 * 4);
  loss.backward();
  EXPECT_GT(features.grad()[1].min().item<float>(), 0);
  EXPECT_LT(features.grad()[0].max().item<float>(), 0);
  EXPECT_EQ(features.grad().slice(0, 2).abs().max().item<float>(), 0);
  EXPECT_EQ(
      spatial_regulariser(features, scores.scores, scores.boxes, torch::zeros({1})).item<float>(),
      0)
      << "of a class that the image does not show";
}

TEST(Oicr, TakesTheBestRegionAsSeed) {
  const RegionTargets targets = find_refinement("oicr").assign(two_objects());
  EXPECT_EQ(list(targets.labels), (std::vector<int64_t>{0, 0, 1, 1, 1, 1}));
  // Beyond IoU .1 nobody looked: an object that no seed found may be there.
  EXPECT_EQ(floats(targets.weights), (std::vector<float>{.5f, .5f, .5f, 0, 0, 0}));
  EXPECT_EQ(list(targets.seeds), (std::vector<int64_t>{0, 0, -1, -1, -1, -1}));
  EXPECT_EQ(floats(targets.boxes), (std::vector<float>{0, 0, 10, 10}));
}

TEST(Oicr, TeachesNothingWhereNoClassIsPresent) {
  RegionScores scores = two_objects();
  scores.present.zero_();
  const RegionTargets targets = find_refinement("oicr").assign(scores);
  EXPECT_EQ(targets.weights.sum().item<float>(), 0);
}

TEST(Mist, FindsTheSecondObject) {
  RegionScores scores = two_objects();
  // 14 regions in all, so that 15 % are two.
  scores.boxes = torch::cat({scores.boxes, boxes_of(std::vector<edge::Box>(8, {500, 0, 510, 10}))});
  scores.scores = torch::cat(
      {torch::tensor({.5f, .1f, .1f, .4f, .2f, .01f}).unsqueeze(1), torch::zeros({8, 1})});
  const RegionTargets targets = find_refinement("mist").assign(scores);
  EXPECT_EQ(list(targets.labels.narrow(0, 0, 6).contiguous()),
            (std::vector<int64_t>{0, 0, 1, 0, 0, 1}));
  EXPECT_EQ(floats(targets.weights.narrow(0, 0, 6).contiguous()),
            (std::vector<float>{.5f, .5f, .5f, .4f, .4f, 0}));
}

TEST(Pcl, MakesClustersAroundCentres) {
  RegionScores scores = two_objects();
  scores.scores = torch::tensor({.5f, .48f, .1f, .47f, .05f, .01f}).unsqueeze(1);
  const RegionTargets targets = find_refinement("pcl").assign(scores);
  EXPECT_EQ(list(targets.labels), (std::vector<int64_t>{0, 0, 1, 0, 0, 1}));
  EXPECT_EQ(list(targets.clusters), (std::vector<int64_t>{0, 0, -1, 1, 1, -1}));
  // A centre has the best score of its neighbours.
  EXPECT_EQ(floats(targets.weights), (std::vector<float>{.5f, .5f, .5f, .47f, .47f, 0}));
}

TEST(RefinementLoss, KnownValues) {
  const at::Tensor logits = torch::tensor({{0.f, 0.f}, {1.f, 0.f}, {0.f, 3.f}});
  RegionTargets targets{torch::tensor({0, 0, 1}), torch::tensor({1.f, .5f, 0.f}), torch::arange(3)};
  const double p0 = .5, p1 = 1 / (1 + std::exp(-1.));
  EXPECT_NEAR(refinement_loss(logits, targets).item<double>(),
              -(std::log(p0) + .5 * std::log(p1)) / 3, 1e-6);
  targets.clusters = torch::tensor({0, 0, -1});
  EXPECT_NEAR(refinement_loss(logits, targets).item<double>(), -1.5 * std::log((p0 + p1) / 2) / 3,
              1e-6);
}

TEST(RefinementLoss, NoRegionsAreHarmless) {
  const at::Tensor logits = torch::zeros({0, 2}).requires_grad_();
  const RegionTargets targets{torch::zeros({0}, at::kLong), torch::zeros({0}),
                              torch::zeros({0}, at::kLong)};
  const at::Tensor loss = refinement_loss(logits, targets);
  EXPECT_EQ(loss.item<float>(), 0);
  loss.backward();
}

TEST(LabelBySeeds, BoxesAreHalfOpen) {
  // IoU .5 exactly; with the pixel that closed boxes add it would be 55 / 110 of [0, 10]: .5 too,
  // but [0, 0, 2, 1] against [0, 0, 1, 1] would be .67 instead of .5, and of [0, 0, 3, 1] .5.
  const RegionTargets targets =
      label_by_seeds(boxes_of({{0, 0, 1, 1}, {0, 0, 2, 1}, {0, 0, 3, 1}}), {{{0, 0, 1, 1}, 0}}, 1);
  EXPECT_EQ(list(targets.labels), (std::vector<int64_t>{0, 0, 1}));
}

TEST(LabelBySeeds, PartsAreBackgroundHoweverSmall) {
  const RegionTargets targets = label_by_seeds(
      boxes_of({{0, 0, 10, 10}, {4, 4, 5, 5}, {9, 9, 19, 19}}), {{{0, 0, 10, 10}, 0}}, 1);
  EXPECT_EQ(list(targets.labels), (std::vector<int64_t>{0, 1, 1}));
  EXPECT_EQ(floats(targets.weights), (std::vector<float>{1, 1, 0}));
}

TEST(Wsddn, ASoftmaxOverOneClassTeachesNothing) {
  const at::Tensor regions = torch::randn({5, 1});
  for (const bool with_softmax : {true, false}) {
    const at::Tensor classes = torch::randn({5, 1}).requires_grad_();
    wsddn_scores(classes, regions, with_softmax).sum().log().backward();
    EXPECT_EQ(classes.grad().abs().sum().item<double>() > 1e-6, !with_softmax);
  }
  BoxSetting setting;
  setting.detector.bbox_head.type = "mil";
  setting.detector.bbox_head.with_softmax = true;
  EXPECT_THROW(make_box_method(setting), Error);
}

TEST(Wsddn, ABackgroundColumnWouldLetNgRegionsHide) {
  // Regions that all say "background": with that column in the product the classes' sum is small
  // whatever the class stream says, and its gradient on the class vanishes.
  const at::Tensor regions = torch::zeros({4, 1});
  const at::Tensor naive = torch::tensor({{0.f, 9.f}}).repeat({4, 1}).requires_grad_();
  torch::binary_cross_entropy((naive.softmax(1).narrow(1, 0, 1) * regions.softmax(0)).sum(0),
                              torch::zeros({1}))
      .backward();
  const at::Tensor ours = torch::zeros({4, 1}).requires_grad_();
  torch::binary_cross_entropy(wsddn_scores(ours, regions, false).sum(0), torch::zeros({1}))
      .backward();
  EXPECT_LT(naive.grad().select(1, 0).abs().sum().item<double>(),
            .01 * ours.grad().abs().sum().item<double>());
}

TEST(RegionProbabilities, DoNotDependOnTheNumberOfRegions) {
  models::RegionOutput few;
  few.classes = torch::full({3, 1}, 2.);
  few.regions = torch::tensor({5.f, 0.f, 0.f}).unsqueeze(1);
  for (const at::Tensor& p : region_probabilities(few, false).unbind())
    EXPECT_NEAR(p.item<double>(), 1 / (1 + std::exp(-2.)), 1e-6);

  few.classes = torch::tensor({2.f, 0.f}).repeat({3, 1});
  few.regions = few.regions.repeat({1, 2});
  const at::Tensor competing = region_probabilities(few, true);
  EXPECT_NEAR(competing[0][0].item<double>(), 1 / (1 + std::exp(-2.)), 1e-6);
  EXPECT_LT(competing[1][0].item<double>(), .01);
}

// Images of which only labels are known, OK ones, and OK ones with a square pasted in.
struct Trained {
  double iou = 0;         // of the best region with the square, mean over NG images
  double centre_iou = 0;  // of a box that looks at nothing
  double first_loss = 0;
};
Trained train_regions(const std::string& refine, Known known = Known::kTags) {
  models::ModelOptions options;
  options.arch = "pyramid10";
  options.channels = 1;
  options.width = 8;
  options.detector.bbox_head = {.type = "mil", .fc = 32};
  options.detector.refine = {.type = refine, .branches = 2};
  options.detector.regions = {.size = 5, .sampling = 2, .proposals = {.count = 32}};
  const auto detector =
      std::dynamic_pointer_cast<models::Detector>(models::make_model(options, 1, 1));
  detector->set_head_prior(.05);
  BoxSetting setting{.detector = options.detector, .detection = {.warmup = .3}};
  const auto method = make_detection(setting, make_mil({.top = .01}, {0, -1}), {0, -1});
  train::Optimiser optimiser(train::trainable_parameters(*detector),
                             {.name = "adamw", .lr = .004, .weight_decay = 1e-4});
  Trained trained;
  constexpr int64_t kSteps = 100;
  for (int64_t i = 0; i < kSteps; ++i) {
    Random random(1, 2, static_cast<uint64_t>(i));
    const Squares set = squares(8, known, random);
    train::Context context{*detector, *detector, i, kSteps};
    optimiser.zero_grad();
    const train::Losses losses = method->step(set.batch, context);
    EXPECT_TRUE(losses.total.isfinite().item<bool>()) << refine << " step " << i;
    if (i == 0) trained.first_loss = losses.total.item<double>();
    losses.total.backward();
    optimiser.step();
  }
  const torch::NoGradGuard no_grad;
  detector->eval();
  Random random(99);
  const Squares set = squares(24, Known::kBoxes, random);
  for (size_t i = 0; i < set.boxes.size(); ++i) {
    const auto seen = detector->see(set.batch.images.narrow(0, static_cast<int64_t>(i), 1));
    const at::Tensor rois = detector->propose(seen.map);
    const auto best = region_probabilities(detector->regions(seen.levels, rois), false)
                          .select(1, 0)
                          .argmax()
                          .item<int64_t>();
    const auto r = rois.accessor<float, 2>();
    const auto count = static_cast<double>(set.boxes.size());
    trained.iou +=
        edge::iou({r[best][1], r[best][2], r[best][3], r[best][4]}, set.boxes[i]) / count;
    trained.centre_iou += edge::iou({19, 19, 29, 29}, set.boxes[i]) / count;
  }
  return trained;
}

class Refinements : public testing::TestWithParam<const char*> {};

TEST_P(Refinements, FindSquaresFromLabels) {
  const Trained trained = train_regions(GetParam());
  RecordProperty("iou", std::to_string(trained.iou));
  EXPECT_GT(trained.iou, .3);
  EXPECT_LT(trained.centre_iou, .15);
}

TEST_P(Refinements, FindSquaresFromPoints) {
  const Trained trained = train_regions(GetParam(), Known::kPoints);
  RecordProperty("iou", std::to_string(trained.iou));
  EXPECT_GT(trained.iou, .15) << "more than a box that looks at nothing may have";
  EXPECT_LT(trained.centre_iou, .15);
}

INSTANTIATE_TEST_SUITE_P(All, Refinements, testing::Values("none", "oicr", "pcl", "mist"),
                         [](const auto& info) { return std::string(info.param); });

TEST(RegionMil, OkImagesAreNeverDropped) {
  const auto detector = small_detector("mil");
  BoxSetting setting{.detector = detector->options().detector};
  setting.detector.refine = {.type = "oicr", .branches = 1};
  models::ModelOptions options = detector->options();
  options.detector.refine = setting.detector.refine;
  const auto refined =
      std::dynamic_pointer_cast<models::Detector>(models::make_model(options, 1, 1));
  const auto method = make_box_method(setting);
  const train::TensorBatch batch = blank_batch(2, kSide);  // both OK
  const auto seen = refined->see(batch.images);
  const train::Losses losses =
      method->losses({*refined, seen, batch, torch::zeros({2, 1}), 50, 100});
  for (const auto& [name, value] : losses.parts)
    if (name != "box_loss") EXPECT_GT(value.item<double>(), .01) << name;
}

// Gradients of the mil loss of one image on the class stream's and the side regression's bias.
struct HeadGradients {
  double classes = 0, sides = 0;
};
HeadGradients head_gradients(data::Supervision supervision, const edge::Box& box) {
  const auto detector = small_detector("mil");
  const auto method = make_box_method({.detector = detector->options().detector});
  train::TensorBatch batch = blank_batch(1, kSide);
  batch.supervision[0] = supervision;
  if (box.area() > 0) batch.targets[0] = {{box}};
  const auto seen = detector->see(batch.images);
  // The label says OK.
  method->losses({*detector, seen, batch, torch::zeros({1, 1}), 50, 100}).total.backward();
  HeadGradients gradients;
  for (const auto& item : detector->named_parameters()) {
    if (item.key() == "region.classes.bias") gradients.classes = item.value().grad().item<double>();
    if (item.key() == "region.deltas.bias")
      gradients.sides = item.value().grad().abs().sum().item<double>();
  }
  return gradients;
}

TEST(RegionMil, ADefectPastedIntoAnOkImageIsOne) {
  const HeadGradients nothing = head_gradients(data::Supervision::kNothing, {});
  const HeadGradients pasted = head_gradients(data::Supervision::kBoxes, {8, 8, 24, 28});
  EXPECT_LT(pasted.classes, nothing.classes) << "its region shows the class";
  EXPECT_GT(pasted.sides, 0) << "without branches, too";
  EXPECT_EQ(nothing.sides, 0);
}

TEST(RegionMil, ARegionIsItsOwnBoxAsLongAsNobodySaysWhatElse) {
  const auto detector = small_detector("mil");
  const auto seen = detector->see(torch::randn({1, 1, kSide, kSide}));
  const at::Tensor rois = torch::tensor({{0.f, 4.f, 4.f, 20.f, 16.f}});
  EXPECT_LT(detector->regions(seen.levels, rois).deltas.abs().max().item<float>(), .001);
}

TEST(Refinement, UnknownNamesListTheKnown) {
  try {
    find_refinement("oicrr");
    FAIL();
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("oicr, pcl, mist"), std::string::npos);
  }
}

}  // namespace
}  // namespace paucal::weak
