// Dense heads piece by piece: bags, assignment, losses, and what each kind of image teaches.

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <cmath>

#include "weak/dense/bags.h"
#include "weak/dense/test_dense.h"

namespace paucal::weak {
namespace {

using data::Supervision;
using test::blank_batch;
using test::Grid;
using test::teach;

const at::Tensor kShown = torch::ones({1, 1});

TEST(Bags, NoisyOrSaturatesWhereLogSumExpDoesNot) {
  const double prior = std::log(.01 / .99);
  at::Tensor z = torch::full({1, 10000}, prior).requires_grad_();
  const at::Tensor noisy_or = 1 - (1 - z.sigmoid()).prod(1);
  EXPECT_NEAR(noisy_or.item<double>(), 1, 1e-6);
  (-noisy_or.log()).sum().backward();
  EXPECT_LT(z.grad().abs().max().item<double>(), 1e-6) << "nothing to learn from";

  for (const std::string pool : {"lse", "topk", "attention"}) {
    z.mutable_grad().reset();
    const at::Tensor bag = bag_logits(z, torch::ones({1, 10000}, at::kBool), {.pool = pool});
    EXPECT_NEAR(bag.item<double>(), prior, .02) << pool;
    torch::softplus(-bag).sum().backward();
    EXPECT_NEAR(z.grad().sum().item<double>(), -.99, .02) << pool;
  }
}

TEST(Bags, KnownValues) {
  const at::Tensor z = torch::tensor({0.f, 2.f, 9.f}).view({1, 3});
  const at::Tensor inside = torch::tensor({true, true, false}).view({1, 3});
  const double lse = std::log((1 + std::exp(6.)) / 2) / 3;
  EXPECT_NEAR(bag_logits(z, inside, {.pool = "lse", .r = 3}).item<double>(), lse, 1e-5);
  EXPECT_NEAR(bag_logits(z, inside, {.pool = "topk", .top = .5}).item<double>(), 2, 1e-5);
  const double p = 1 / (1 + std::exp(-2.)), w = std::exp(2.) / (1 + std::exp(2.));
  const double mean = w * p + (1 - w) * .5;
  EXPECT_NEAR(bag_logits(z, inside, {.pool = "attention"}).item<double>(),
              std::log(mean / (1 - mean)), 1e-4);
}

TEST(Bags, EmptyOnesTeachNothing) {
  for (const std::string pool : {"lse", "topk", "attention"}) {
    const at::Tensor z = torch::randn({2, 5}).requires_grad_();
    const at::Tensor inside = torch::zeros({2, 5}, at::kBool);
    inside[1][3] = true;
    const at::Tensor bags = bag_logits(z, inside, {.pool = pool});
    EXPECT_EQ(bags[0].item<double>(), 0) << pool;
    EXPECT_NEAR(bags[1].item<double>(), z[1][3].item<double>(), 1e-3) << pool;
    bags.sum().backward();
    EXPECT_TRUE(z.grad().isfinite().all().item<bool>()) << pool;
    EXPECT_EQ(z.grad()[0].abs().sum().item<double>(), 0) << pool;
  }
}

TEST(AssignAnchors, EverySmallBoxGetsAnchors) {
  const Grid grid(48);
  int missed_by_iou = 0;
  for (float x = 8; x < 12; ++x)
    for (float y = 8; y < 12; ++y) {
      const std::vector<data::Target> box{{{x, y, x + 4, y + 4}}};
      const Assignment assigned = assign_anchors(*grid, {48, 48}, box, {});
      EXPECT_GE(assigned.positives.size(), 1u);
      float best = 0;
      for (const edge::Box& anchor : grid->boxes)
        best = std::max(best, edge::iou(anchor, box[0].box));
      missed_by_iou += best < .5f;
      for (const Assigned& a : assigned.positives)
        EXPECT_GT(edge::iou(grid->boxes[static_cast<size_t>(a.anchor)], box[0].box), 0);
    }
  EXPECT_GT(missed_by_iou, 0) << "IoU alone leaves boxes without any anchor";
}

TEST(AssignAnchors, TwoBoxesWithOneBestAnchorBothGetOne) {
  const Grid grid(48);
  const std::vector<data::Target> boxes{
      {{20, 20, 24, 24}}, {{20, 20, 24, 24}, 1}, {{20, 20, 24, 24}, 2}};
  std::array<int, 3> got{};
  for (const Assigned& a : assign_anchors(*grid, {48, 48}, boxes, {}).positives)
    ++got[static_cast<size_t>(a.target)];
  for (const int count : got) EXPECT_GE(count, 1);
}

TEST(AssignAnchors, LargeBoxesAndStrangeOnes) {
  const Grid grid(48);
  const std::vector<data::Target> large{{{0, 0, 48, 48}}};
  EXPECT_GE(assign_anchors(*grid, {48, 48}, large, {}).positives.size(), 1u);
  const std::vector<data::Target> outside{{{100, 100, 110, 110}}}, empty{{{5, 5, 5, 5}}};
  EXPECT_EQ(assign_anchors(*grid, {48, 48}, outside, {}).positives.size(), 1u) << "the nearest";
  EXPECT_TRUE(assign_anchors(*grid, {48, 48}, empty, {}).positives.empty());
  EXPECT_TRUE(assign_anchors(*grid, {1, 1}, large, {}).positives.empty()) << "no valid anchor";
  EXPECT_TRUE(anchors_at(*grid, {1, 1}, .5, .5).empty());
  for (const Assigned& a : assign_anchors(*grid, {24, 48}, large, {}).positives)
    EXPECT_LT(grid->boxes[static_cast<size_t>(a.anchor)].x0, 24) << "padding is nothing";
}

TEST(DenseLoss, BoxesAreHalfOpen) {
  const edge::Box anchor{4, 4, 8, 12}, box{3, 5, 10, 11};
  const auto code = edge::encode_box(anchor, box);
  const at::Tensor decoded =
      decode_boxes(torch::tensor({4.f, 4.f, 8.f, 12.f}).view({1, 4}),
                   torch::tensor({code[0], code[1], code[2], code[3]}).view({1, 4}));
  EXPECT_TRUE(torch::allclose(decoded, torch::tensor({3.f, 5.f, 10.f, 11.f}).view({1, 4})));
  // Sides counted as x1 - x0 + 1 come back one pixel off.
  const float width = 4 + 1, biased = width * std::exp(std::log((7.f + 1) / 4.f));
  EXPECT_GT(std::abs(biased - 7), 1);
  EXPECT_NEAR(generalised_iou(decoded, decoded).item<double>(), 1, 1e-5);
  const at::Tensor a = torch::tensor({0.f, 0.f, 1.f, 1.f}).view({1, 4});
  EXPECT_NEAR(generalised_iou(a, a + 2).item<double>(), -7. / 9, 1e-5);
}

TEST(DenseLoss, ScoresOfObjectsAreDrawnToTheQualityOfTheirBoxes) {
  const DetectionOptions options;
  const at::Tensor quality = torch::tensor({0.f, .3f, .8f, 1.f});
  // No loss where the score is the quality, whichever it is.
  EXPECT_LT(quality_focal(quality.logit(1e-4), quality, options).max().item<double>(), 1e-3);
  // Known value: |.8 - .5|² · ln 2.
  EXPECT_NEAR(quality_focal(torch::zeros({1}), torch::full({1}, .8), options).item<double>(),
              .09 * std::log(2.), 1e-6);
  at::Tensor sure = torch::full({1}, 3.f).requires_grad_();
  quality_focal(sure, torch::full({1}, .5), options).sum().backward();
  EXPECT_GT(sure.grad().item<double>(), 0) << "too sure of a badly placed box";
  const at::Tensor a = torch::tensor({0.f, 0.f, 2.f, 2.f, 0.f, 0.f, 2.f, 2.f}).view({2, 4});
  const at::Tensor b = torch::tensor({1.f, 0.f, 3.f, 2.f, 5.f, 5.f, 6.f, 6.f}).view({2, 4});
  EXPECT_TRUE(torch::allclose(intersection_over_union(a, b), torch::tensor({1 / 3.f, 0.f}), 1e-5));
}

TEST(DenseTeaching, OkImagesTeachEveryAnchor) {
  const auto taught = teach(blank_batch(1, 48), torch::zeros({1, 1}), {});
  EXPECT_GT(taught.logits.grad().min().item<double>(), 0) << "dropped, as others do it, it is 0";
  // Focal loss by hand: Σ (1 - α) p² softplus(z) / N.
  const double p = 1 / (1 + std::exp(2.));
  EXPECT_NEAR(taught.part("box_class_loss"), 144 * .75 * p * p * std::log1p(std::exp(-2.)), 1e-3);
  EXPECT_EQ(taught.part("box_side_loss"), 0);
}

TEST(DenseTeaching, PaddingNeverCounts) {
  for (const Supervision kind :
       {Supervision::kNothing, Supervision::kBoxes, Supervision::kTag, Supervision::kPoints}) {
    auto batch = blank_batch(1, 48);
    batch.valid.narrow(3, 24, 24).fill_(0);
    batch.supervision[0] = kind;
    if (kind == Supervision::kBoxes) batch.targets[0] = {{{18, 8, 30, 20}}};
    if (kind == Supervision::kPoints) batch.targets[0] = {{{23, 8, 23, 8}}};
    const auto taught = teach(batch, kShown, {});
    const at::Tensor padding = taught.logits.grad().view({12, 12, -1}).narrow(1, 6, 6);
    const at::Tensor image = taught.logits.grad().view({12, 12, -1}).narrow(1, 0, 6);
    EXPECT_EQ(padding.abs().sum().item<double>(), 0) << static_cast<int>(kind);
    EXPECT_GT(image.abs().sum().item<double>(), 0) << static_cast<int>(kind);
  }
}

TEST(DenseTeaching, ImagesWithoutAnchorsAreHarmless) {
  for (const Supervision kind :
       {Supervision::kNothing, Supervision::kBoxes, Supervision::kTag, Supervision::kPoints}) {
    auto batch = blank_batch(1, 48);
    batch.valid.fill_(0);
    batch.valid[0][0][0][0] = 1;
    batch.supervision[0] = kind;
    if (kind != Supervision::kNothing) batch.targets[0] = {{{0, 0, 1, 1}}};
    const auto taught = teach(batch, kShown, {});
    EXPECT_EQ(taught.losses.total.item<double>(), 0) << static_cast<int>(kind);
    EXPECT_TRUE(taught.logits.grad().isfinite().all().item<bool>());
  }
}

TEST(DenseTeaching, NormalisesOverTheBatch) {
  auto batch = blank_batch(2, 48);
  batch.supervision.assign(2, Supervision::kBoxes);
  batch.targets[0] = {{{8, 8, 16, 16}}};
  batch.targets[1] = {{{8, 8, 16, 16}}, {{32, 32, 40, 40}}};
  const auto taught = teach(batch, torch::ones({2, 1}), {});
  const at::Tensor first = taught.logits.grad()[0].min(), second = taught.logits.grad()[1].min();
  EXPECT_LT(first.item<double>(), 0);
  EXPECT_NEAR(first.item<double>(), second.item<double>(), 1e-7)
      << "an object counts the same wherever it is";
  // Each image by its own number of objects: one beside another counts half.
  const double n0 = (taught.logits.grad()[0] < 0).sum().item<double>();
  const double n1 = (taught.logits.grad()[1] < 0).sum().item<double>();
  EXPECT_GT(std::abs(1 / n0 - 1 / n1), .2 / n0);
}

TEST(DenseTeaching, ATagIsABagOfAnchors) {
  auto batch = blank_batch(1, 48);
  batch.supervision[0] = Supervision::kTag;
  const auto taught = teach(batch, kShown, {});
  EXPECT_LT(taught.logits.grad().max().item<double>(), 0) << "no anchor is background";
  EXPECT_NEAR(taught.part("box_image_loss"), std::log1p(std::exp(2.)), 1e-4);
}

// Trap: part domination. A bag over an image whose object is known pulls the score to its most
// striking part.
TEST(DenseTeaching, WhereAGuessSaysWhereThereIsNoBag) {
  auto batch = blank_batch(1, 48);
  batch.supervision[0] = Supervision::kTag;
  batch.targets[0] = {{{8, 8, 40, 40}, 0, .5f}};
  const auto taught = teach(batch, kShown, {});
  EXPECT_EQ(taught.part("box_image_loss"), 0);
  const at::Tensor up = (taught.logits.grad().view({12, 12}) < 0).nonzero();
  ASSERT_GT(up.size(0), 0);
  EXPECT_GE(up.min().item<int64_t>(), 4) << "the middle of the box alone";
  EXPECT_LE(up.max().item<int64_t>(), 7);
  batch.targets[0].clear();
  EXPECT_EQ((teach(batch, kShown, {}).logits.grad() < 0).sum().item<int64_t>(), 144)
      << "naive: any place will do";
}

TEST(DenseTeaching, ClassesThatATagLacksAreBackground) {
  auto batch = blank_batch(1, 48);
  batch.supervision[0] = Supervision::kTag;
  const auto taught = teach(batch, torch::tensor({1.f, 0.f}).view({1, 2}), {});
  EXPECT_LT(taught.logits.grad().select(2, 0).max().item<double>(), 0);
  EXPECT_GT(taught.logits.grad().select(2, 1).min().item<double>(), 0);
}

TEST(DenseTeaching, APointIsABagOfItsAnchors) {
  auto batch = blank_batch(1, 48);
  batch.supervision[0] = Supervision::kPoints;
  batch.targets[0] = {{{22, 22, 22, 22}}};
  const auto taught = teach(batch, kShown, {});
  const Grid grid(48);
  for (int64_t i = 0; i < grid->size(); ++i) {
    const edge::Box& b = grid->boxes[static_cast<size_t>(i)];
    const bool holds = b.x0 <= 22 && 22 < b.x1 && b.y0 <= 22 && 22 < b.y1;
    const double gradient = taught.logits.grad()[0][i][0].item<double>();
    EXPECT_TRUE(holds ? gradient < 0 : gradient > 0) << i;
  }
  EXPECT_NEAR(taught.part("box_image_loss"), std::log1p(std::exp(2.)), 1e-4);
}

TEST(DenseTeaching, FoundGuessesTeachSidesLateAndGivenOnesAlways) {
  auto batch = blank_batch(1, 48);
  batch.supervision[0] = Supervision::kTag;
  DetectionOptions options;
  options.regression_start = .5;
  const Guesses found{{{{9, 9, 20, 20}, 0, .5f}}};
  EXPECT_EQ(teach(batch, kShown, options, -2, .4, &found).part("box_side_loss"), 0);
  EXPECT_GT(teach(batch, kShown, options, -2, .5, &found).part("box_side_loss"), 0);
  batch.targets[0] = found[0];
  EXPECT_GT(teach(batch, kShown, options, -2, 0).part("box_side_loss"), 0) << "of another run";
  batch.supervision[0] = Supervision::kBoxes;
  EXPECT_GT(teach(batch, kShown, options, -2, 0).part("box_side_loss"), 0) << "drawn";
}

// Trap: a head that teaches itself sides calls a sure part of the object the object, and is never
// contradicted.
TEST(DenseTeaching, WhereBoxesAreExactOwnGuessesTeachNoSides) {
  ExactBoxes exact;
  auto batch = blank_batch(2, 48);
  batch.supervision = {Supervision::kTag, Supervision::kNothing};
  exact.look_at(batch);
  EXPECT_EQ(sides_of(exact), FoundSides::kTeach) << "nothing else would teach them";
  batch.supervision[1] = Supervision::kBoxes;
  batch.targets[1] = {{{20, 20, 40, 40}}};
  exact.look_at(batch);
  EXPECT_EQ(sides_of(exact), FoundSides::kIgnore);
  const Guesses found{{{{9, 9, 14, 14}}}, {}};
  const auto taught =
      teach(batch, torch::tensor({1.f, 1.f}).view({2, 1}), {}, -2, 1, &found, sides_of(exact));
  EXPECT_EQ(taught.deltas.grad()[0].abs().sum().item<double>(), 0);
  EXPECT_GT(taught.deltas.grad()[1].abs().sum().item<double>(), 0);
  const auto naive = teach(batch, torch::tensor({1.f, 1.f}).view({2, 1}), {}, -2, 1, &found);
  EXPECT_GT(naive.deltas.grad()[0].abs().sum().item<double>(), 0);
}

TEST(DenseTeaching, RefusesUnknownClasses) {
  auto batch = blank_batch(1, 48);
  batch.supervision[0] = Supervision::kBoxes;
  batch.targets[0] = {{{8, 8, 16, 16}, 3}};
  EXPECT_THROW(teach(batch, kShown, {}), std::exception);
}

}  // namespace
}  // namespace paucal::weak
