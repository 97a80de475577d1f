// Ways to get weak supervision wrong that look right, each beside what we do: the naive version
// runs, and fails.

#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>

#include "edge/post/interpret.h"
#include "weak/dense/test_dense.h"
#include "weak/map/mil.h"

namespace paucal::weak {
namespace {

// Channel 0: a striking fixture, on every image; channel 1: a fainter defect, on NG images. The
// class map is a weighing of the two.
constexpr int64_t kFixture = 0, kDefect = 1;

class Weighing : public models::ImageModel {
 public:
  Weighing() : ImageModel({.channels = 2}, 1, 1) {
    register_head(2);
    const torch::NoGradGuard no_grad;
    for (auto& p : parameters()) p.fill_(.1);  // of equal places none would be chosen
  }
  std::vector<at::Tensor> stages(const at::Tensor& x) override { return {x}; }
};

train::TensorBatch fixtures(const std::vector<int64_t>& labels) {
  const auto n = static_cast<int64_t>(labels.size());
  train::TensorBatch batch = test::blank_batch(n, 8);
  batch.images = torch::zeros({n, 2, 8, 8});
  batch.images.narrow(1, kFixture, 1).narrow(2, 1, 2).narrow(3, 1, 2).fill_(2);
  batch.labels = torch::tensor(labels);
  for (int64_t i = 0; i < n; ++i)
    if (labels[static_cast<size_t>(i)] == 0)
      batch.images[i][kDefect].narrow(0, 5, 2).narrow(1, 5, 2).fill_(1);
  return batch;
}

// Logits of the fixture's places, and of the defect's.
struct Found {
  double fixture = 0, defect = 0;
};
Found learnt_from(const std::vector<int64_t>& labels) {
  Weighing model;
  const auto method = make_mil({.top = 4. / 64, .top_start = 4. / 64}, {0, -1});
  torch::optim::SGD optimiser(model.parameters(), torch::optim::SGDOptions(.5));
  for (int64_t i = 0; i < 300; ++i) {
    train::Context context{model, model, i, 300};
    optimiser.zero_grad();
    method->step(fixtures(labels), context).total.backward();
    optimiser.step();
  }
  const torch::NoGradGuard no_grad;
  const at::Tensor map = model.forward(fixtures({0}).images).map[0][0];
  return {map[1][1].item<double>(), map[5][5].item<double>()};
}

TEST(Traps, WithoutOkImagesTheMapShowsWhatEveryImageHas) {
  const Found naive = learnt_from({0, 0});
  EXPECT_GT(naive.fixture, 0) << "images with nothing to find were dropped";
  EXPECT_GE(naive.fixture, naive.defect);
  const Found ours = learnt_from({0, 0, 1, 1});
  EXPECT_LT(ours.fixture, -1);
  EXPECT_GT(ours.defect, 0);
}

TEST(Traps, ScaledImageByImageAnOkImageHasADefect) {
  edge::Map ok(16, 16), ng(16, 16);
  for (size_t i = 0; i < ok.values.size(); ++i) {
    ok.values[i] = -6 + static_cast<float>(i % 7) * .1f;  // noise
    ng.values[i] = -6;
  }
  for (int y = 4; y < 8; ++y)
    for (int x = 4; x < 8; ++x) ok.at(x, y) = -5, ng.at(x, y) = 4;
  edge::ModelCard card;
  card.classes = {"NG", "OK"};
  card.class_is_ok = {false, true};
  card.calibration.heat_low = -5;  // of the set
  card.calibration.heat_high = 4;
  const auto boxes = [&](const edge::Map& heat) {
    const edge::Geometry pixels(16, 16);
    return edge::boxes_at(card, heat, pixels, {.heat = .5}, 1).size();
  };
  const auto scaled_alone = [](edge::Map map) {
    const auto [low, high] = std::ranges::minmax(map.values);
    for (float& value : map.values) value = (value - low) / (high - low);
    return map;
  };
  EXPECT_EQ(boxes(scaled_alone(ng)), 1u);
  EXPECT_GE(boxes(scaled_alone(ok)), 1u) << "its highest place is 1, whatever that means";
  const auto ours = [&](const edge::Map& map) {
    return edge::heat_of_channel(card, {.maps = {map}}, 0);
  };
  EXPECT_EQ(boxes(ours(ng)), 1u);
  EXPECT_EQ(boxes(ours(ok)), 0u);
}

}  // namespace
}  // namespace paucal::weak
