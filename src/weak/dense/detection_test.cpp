// Whole detectors on small squares: whether they find them, from whatever is known.

#include "weak/dense/detection.h"

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "train/ema.h"
#include "train/optimiser.h"
#include "weak/dense/seeds.h"
#include "weak/dense/self_training.h"
#include "weak/dense/test_dense.h"
#include "weak/dense/test_squares.h"
#include "weak/map/mil.h"

namespace paucal::weak {
namespace {

using namespace test;

struct TrialOptions {
  std::string head = "retinanet_mil";
  Known known = Known::kBoxes;
  int64_t steps = 120;
  DetectionOptions detection = {};
};

class Trial {
 public:
  explicit Trial(const TrialOptions& options)
      : options_(options),
        student_(test::small_detector(options.head)),
        teacher_(test::small_detector(options.head)),
        ema_(*student_, *teacher_, {.decay = .98}),
        optimiser_(train::trainable_parameters(*student_),
                   {.name = "adamw", .lr = .004, .weight_decay = 1e-4}) {
    student_->set_head_prior(.05);
    setting_.detector = student_->options().detector;
    setting_.detection = options.detection;
    method_ = make_detection(setting_, make_mil({.top = .01}, {0, -1}), {0, -1});
  }

  train::Losses step() {
    Random random(1, 2, static_cast<uint64_t>(step_));
    Squares set = squares(8, options_.known, random);
    for (int64_t& place : set.batch.places) place += 8 * step_;
    train::Context context{*student_, *teacher_, step_, options_.steps};
    optimiser_.zero_grad();
    train::Losses losses = method_->step(set.batch, context);
    losses.total.backward();
    optimiser_.step();
    ema_.update();
    ++step_;
    return losses;
  }
  void finish() {
    while (step_ < options_.steps) {
      const train::Losses losses = step();
      ASSERT_TRUE(losses.total.isfinite().item<bool>()) << step_;
    }
  }

  train::TensorMap state() {
    train::TensorMap state;
    const auto add = [&](const std::string& prefix, const train::TensorMap& part) {
      for (const auto& [name, tensor] : part) state.emplace(prefix + name, tensor);
    };
    for (const auto& item : student_->named_parameters()) state.emplace(item.key(), item.value());
    for (const auto& item : student_->named_buffers()) state.emplace(item.key(), item.value());
    add("ema.", ema_.state());
    add("optimiser.", optimiser_.state());
    add("method.", method_->state());
    return state;
  }
  void resume(const train::TensorMap& saved, int64_t step) {
    const torch::NoGradGuard no_grad;
    train::copy_state("test", saved, state());
    step_ = step;
  }

  struct Found {
    double iou = 0, centre_iou = 0, edge_error = 0;
  };
  Found found() {
    const torch::NoGradGuard no_grad;
    student_->eval();
    Random random(99);
    const Squares set = squares(40, Known::kBoxes, random);
    const auto seen = student_->see(set.batch.images);
    const auto output = student_->dense(seen.levels);
    AnchorCache cache({});
    const BoxStep step{*student_, seen, set.batch, torch::ones({40, 1})};
    const DenseScene scene(step, setting_.detection, cache.of(output, student_->level_strides()),
                           1);
    Found found;
    const auto count = static_cast<double>(set.boxes.size());
    for (size_t i = 0; i < set.boxes.size(); ++i) {
      const edge::Box& truth = set.boxes[i];
      const edge::Box best = head_boxes(scene, flatten(output, 1), i, {.score = 0})[0].box;
      found.iou += edge::iou(best, truth) / count;
      found.centre_iou += edge::iou({19, 19, 29, 29}, truth) / count;
      found.edge_error += (std::abs(best.x0 - truth.x0) + std::abs(best.y0 - truth.y0) +
                           std::abs(best.x1 - truth.x1) + std::abs(best.y1 - truth.y1)) /
                          4 / count;
    }
    student_->train();
    return found;
  }

 private:
  TrialOptions options_;
  std::shared_ptr<models::Detector> student_, teacher_;
  train::Ema ema_;
  train::Optimiser optimiser_;
  BoxSetting setting_;
  std::shared_ptr<train::Method> method_;
  int64_t step_ = 0;
};

// How well a head finds squares must be clearly beyond what looks at nothing.
void expect_finds(const TrialOptions& options, double iou) {
  Trial run(options);
  run.finish();
  const Trial::Found found = run.found();
  ::testing::Test::RecordProperty("iou", std::to_string(found.iou));
  ::testing::Test::RecordProperty("edge_error", std::to_string(found.edge_error));
  EXPECT_GT(found.iou, iou) << "edge error " << found.edge_error;
  EXPECT_LT(found.centre_iou, .15);
}

TEST(Detection, LearnsFromBoxes) {
  expect_finds({.known = Known::kBoxes}, .6);
}
TEST(Detection, LearnsFromLabelsAndPastedSquares) {
  expect_finds({.known = Known::kTags}, .3);
}
TEST(Detection, LearnsFromPoints) {
  TrialOptions options{.known = Known::kPoints, .steps = 240};
  options.detection.image_weight = 4;  // a point is one bag against hundreds of background anchors
  expect_finds(options, .25);
}
TEST(Detection, TwoProposalNetworksLearnFromLabelsAndPastedSquares) {
  expect_finds({.head = "cps_rpn", .known = Known::kTags}, .3);
}
TrialOptions self_trained(const std::string& method) {
  TrialOptions options{.known = Known::kTags};
  options.detection.self_training = {.method = method, .burn_in = .5, .weight = 1, .score = .4};
  return options;
}
TEST(Detection, UnbiasedTeacherLearns) {
  expect_finds(self_trained("unbiased_teacher"), .3);
}
TEST(Detection, DenseTeacherLearns) {
  expect_finds(self_trained("dense_teacher"), .3);
}

TEST(Detection, GoesOnBitEqual) {
  for (const std::string method : {"none", "unbiased_teacher", "dense_teacher"}) {
    TrialOptions options{.known = Known::kTags, .steps = 6};
    options.detection.warmup = 0;
    options.detection.regression_start = .3;
    options.detection.self_training = {.method = method, .burn_in = 0, .score = 0};
    Trial straight(options), killed(options), other(options);
    straight.finish();
    for (int i = 0; i < 3; ++i) killed.step();
    train::TensorMap saved;
    for (const auto& [name, tensor] : killed.state()) saved.emplace(name, tensor.clone());
    other.resume(saved, 3);
    other.finish();
    const train::TensorMap expected = straight.state();
    for (const auto& [name, tensor] : other.state())
      EXPECT_TRUE(torch::equal(tensor, expected.at(name))) << method << " " << name;
  }
}

TEST(Detection, WhatItRefuses) {
  const auto detector = test::small_detector("retinanet_mil");
  BoxSetting setting;
  setting.detector = detector->options().detector;
  EXPECT_THROW(make_detection(setting, make_mil({}, {0, -1}), {1, -1}), std::exception);
  const auto method = make_detection(setting, make_mil({}, {0, -1}), {0, -1});
  auto batch = test::blank_batch(1, kSide);
  train::Context context{*detector, *detector, 0, 10};
  batch.supervision.clear();
  EXPECT_THROW(method->step(batch, context), std::exception);
  batch = test::blank_batch(1, kSide);
  batch.labels.fill_(-1);
  EXPECT_THROW(method->step(batch, context), std::exception);
  setting.detector.bbox_head.type = "mil";
  EXPECT_THROW(SelfTraining{setting}, std::exception);
}

TEST(Seeds, MapBoxesAreSharpOnAPerfectMap) {
  const at::Tensor map = torch::full({1, 1, 12, 12}, -12.);
  map.narrow(2, 3, 3).narrow(3, 4, 2).fill_(12);  // 12 … 24 by 16 … 24 pixels
  const auto boxes = map_boxes(map, 0, 0, {}, 4, {48, 48});
  ASSERT_EQ(boxes.size(), 1u);
  EXPECT_EQ(boxes[0].box, (edge::Box{16, 12, 24, 24}));
  EXPECT_THROW(map_boxes(map, 0, 0, {.channels = {3}}, 4, {48, 48}), std::exception);
}

TEST(SelfTraining, TakesItsViewsFromTheSeedOfTheRun) {
  for (const std::string method : {"unbiased_teacher", "dense_teacher"}) {
    const auto self_loss = [&](uint64_t seed) {
      const auto detector = test::small_detector("retinanet_mil");
      BoxSetting setting{.detector = detector->options().detector, .detection = {}};
      setting.detection.self_training = {.method = method, .burn_in = 0, .score = 0};
      Random random(1, 2);
      const Squares set = squares(8, Known::kTags, random);
      train::Context context{*detector, *detector, 5, 10, seed};
      const train::Losses losses =
          make_detection(setting, make_mil({}, {0, -1}), {0, -1})->step(set.batch, context);
      for (const auto& [name, value] : losses.parts)
        if (name == "self_loss") return value.item<double>();
      return std::nan("");
    };
    EXPECT_EQ(self_loss(1), self_loss(1)) << method;
    EXPECT_NE(self_loss(1), self_loss(2)) << method;
    EXPECT_FALSE(std::isnan(self_loss(2))) << method;
  }
}

}  // namespace
}  // namespace paucal::weak
