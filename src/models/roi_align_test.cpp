#include "models/roi_align.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "models/test_support.h"

namespace paucal::models {
namespace {

using test::error_of;
using test::noise;
using ::testing::HasSubstr;

// Sample by sample, in doubles.
double value_at(const at::Tensor& plane, double y, double x) {
  const auto height = plane.size(0), width = plane.size(1);
  if (!(y >= -1 && y <= static_cast<double>(height) && x >= -1 && x <= static_cast<double>(width)))
    return 0;
  y = std::clamp(y, 0., static_cast<double>(height - 1));
  x = std::clamp(x, 0., static_cast<double>(width - 1));
  const auto y0 = static_cast<int64_t>(y), x0 = static_cast<int64_t>(x);
  const int64_t y1 = std::min(y0 + 1, height - 1), x1 = std::min(x0 + 1, width - 1);
  const double wy = y - static_cast<double>(y0), wx = x - static_cast<double>(x0);
  const auto at = plane.accessor<double, 2>();
  return (1 - wy) * ((1 - wx) * at[y0][x0] + wx * at[y0][x1]) +
         wy * ((1 - wx) * at[y1][x0] + wx * at[y1][x1]);
}

at::Tensor direct(const at::Tensor& features, const at::Tensor& rois, const RoiAlignShape& shape) {
  const at::Tensor in = features.to(at::kDouble).contiguous();
  at::Tensor out = torch::zeros({rois.size(0), in.size(1), shape.size, shape.size}, at::kDouble);
  const int s = shape.sampling;
  for (int64_t r = 0; r < rois.size(0); ++r) {
    const auto roi = [&](int i) { return static_cast<double>(rois[r][i].item<float>()); };
    const double x0 = roi(1) * shape.scale - .5, y0 = roi(2) * shape.scale - .5;
    const double bin_x = (roi(3) - roi(1)) * shape.scale / shape.size;
    const double bin_y = (roi(4) - roi(2)) * shape.scale / shape.size;
    for (int64_t c = 0; c < in.size(1); ++c) {
      const at::Tensor plane = in[static_cast<int64_t>(roi(0))][c];
      for (int cy = 0; cy < shape.size; ++cy)
        for (int cx = 0; cx < shape.size; ++cx) {
          double sum = 0;
          for (int i = 0; i < s * s; ++i)
            sum += value_at(plane, y0 + (cy + (i / s + .5) / s) * bin_y,
                            x0 + (cx + (i % s + .5) / s) * bin_x);
          out[r][c][cy][cx] = sum / (s * s);
        }
    }
  }
  return out;
}

// Small, large, over the border, outside, inverted, empty, and of the second image.
at::Tensor some_rois() {
  return torch::tensor({{0.f, 3.f, 5.f, 9.f, 10.f},
                        {1.f, 0.f, 0.f, 52.f, 36.f},
                        {0.f, -20.f, -7.f, 13.f, 70.f},
                        {1.f, 300.f, 300.f, 400.f, 400.f},
                        {0.f, 30.f, 20.f, 10.f, 8.f},
                        {1.f, 17.f, 9.f, 17.f, 9.f},
                        {1.f, 20.25f, 1.5f, 47.f, 30.75f}});
}

at::Tensor some_features(int64_t channels) {
  return noise(2 * channels * 9 * 13, 3).view({2, channels, 9, 13});
}

TEST(RoiAlign, EqualsTheDirectComputationInDoubles) {
  for (const int64_t channels : {1, 11, 32, 45})  // single ones, eights and whole blocks
    for (const RoiAlignShape& shape :
         {RoiAlignShape{.size = 7, .scale = .25, .sampling = 2},
          RoiAlignShape{.size = 3, .scale = .25, .sampling = 3}, RoiAlignShape{.size = 1}}) {
      const at::Tensor features = some_features(channels), rois = some_rois();
      const at::Tensor expected = direct(features, rois, shape);
      for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
        const at::Tensor out = roi_align(features.contiguous(format), rois, shape);
        ASSERT_EQ(out.sizes(), expected.sizes());
        EXPECT_LT((out - expected).abs().max().item<double>(), 2e-6);
      }
    }
}

// Worked by hand: f(x, y) = x is linear, so a sample at x reads x (in cells, whose centre is at
// x + ½); and a region of one cell about a cell's centre reads that cell alone.
TEST(RoiAlign, ReadsCentresOfCells) {
  const at::Tensor ramp = torch::arange(8, at::kFloat).expand({1, 1, 8, 8}).contiguous();
  const at::Tensor out = roi_align(ramp, torch::tensor({{0.f, 8.f, 8.f, 24.f, 24.f}}),
                                   {.size = 2, .scale = .25, .sampling = 1});
  // Columns 2 to 6 of the map's edges: two bins with centres 3 and 5, that is cells 2.5 and 4.5.
  EXPECT_TRUE(at::allclose(out, torch::tensor({{{{2.5f, 4.5f}, {2.5f, 4.5f}}}})));
  const at::Tensor one = roi_align(ramp, torch::tensor({{0.f, 12.f, 4.f, 16.f, 8.f}}),
                                   {.size = 1, .scale = .25, .sampling = 1});
  EXPECT_EQ(one.item<float>(), 3);
}

TEST(RoiAlign, GradientIsThatOfFiniteDifferences) {
  const RoiAlignShape shape{.size = 3, .scale = .25, .sampling = 2};
  const at::Tensor rois = some_rois();
  at::Tensor features = some_features(3).requires_grad_();
  const at::Tensor weights = noise(rois.size(0) * 3 * 9, 5).view({rois.size(0), 3, 3, 3});
  (roi_align(features, rois, shape) * weights).sum().backward();
  const at::Tensor base = features.detach();
  for (int64_t i = 0; i < base.numel(); i += 13) {
    // Linear in the features: a step of 1 is exact.
    at::Tensor moved = base.clone();
    moved.view(-1)[i] += 1;
    const double expected =
        ((direct(moved, rois, shape) - direct(base, rois, shape)) * weights).sum().item<double>();
    EXPECT_NEAR(features.grad().view(-1)[i].item<float>(), expected, 2e-5) << i;
  }
}

TEST(RoiAlign, BitsAreThoseOfOneThreadForAnyNumber) {
  const RoiAlignShape shape{.size = 7, .scale = .25, .sampling = 2};
  const int before = at::get_num_threads();
  const at::Tensor rois = some_rois().repeat({9, 1});
  std::vector<at::Tensor> outputs, gradients;
  for (const int threads : {1, 2, 3}) {
    at::set_num_threads(threads);
    at::Tensor features = some_features(75).requires_grad_();
    outputs.push_back(roi_align(features, rois, shape));
    outputs.back().square().sum().backward();
    gradients.push_back(features.grad());
  }
  at::set_num_threads(before);
  for (size_t i = 1; i < outputs.size(); ++i) {
    EXPECT_TRUE(at::equal(outputs[0], outputs[i]));
    EXPECT_TRUE(at::equal(gradients[0], gradients[i]));
  }
}

TEST(RoiAlign, GradientLiesAsTheFeaturesDo) {
  const RoiAlignShape shape{.size = 2, .scale = .25, .sampling = 2};
  for (const auto format : {at::MemoryFormat::Contiguous, at::MemoryFormat::ChannelsLast}) {
    at::Tensor features = some_features(8).contiguous(format).requires_grad_();
    roi_align(features, some_rois(), shape).sum().backward();
    EXPECT_TRUE(features.grad().is_contiguous(format));
  }
}

TEST(RoiAlign, TakesNoRegions) {
  at::Tensor features = some_features(4).requires_grad_();
  const at::Tensor out = roi_align(features, torch::zeros({0, 5}), {.size = 7, .scale = .25});
  EXPECT_EQ(out.sizes(), (std::vector<int64_t>{0, 4, 7, 7}));
  out.sum().backward();
  EXPECT_EQ(features.grad().abs().max().item<float>(), 0);
}

TEST(RoiAlign, RegionsOutsideAndNotFiniteReadNothing) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  const float infinite = std::numeric_limits<float>::infinity();
  const at::Tensor rois = torch::tensor({{0.f, 100.f, 100.f, 200.f, 200.f},
                                         {0.f, -90.f, 0.f, -50.f, 20.f},
                                         {0.f, nan, 0.f, 10.f, 10.f},
                                         {0.f, 0.f, 0.f, infinite, 10.f},
                                         {0.f, -1e30f, -1e30f, 1e30f, 1e30f}});
  at::Tensor features = torch::ones({1, 5, 6, 6}).requires_grad_();
  const at::Tensor out = roi_align(features, rois, {.size = 2, .scale = .25});
  EXPECT_EQ(out.abs().max().item<float>(), 0);
  out.sum().backward();
  EXPECT_EQ(features.grad().abs().max().item<float>(), 0);
}

TEST(RoiAlign, RefusesWhatDoesNotFit) {
  const at::Tensor features = some_features(2);
  const auto run = [&](const at::Tensor& in, const at::Tensor& rois, RoiAlignShape shape = {}) {
    return error_of([&] { roi_align(in, rois, shape); });
  };
  EXPECT_THAT(run(features[0], torch::zeros({1, 5})), HasSubstr("expected [N, C, h, w]"));
  EXPECT_THAT(run(features, torch::zeros({1, 4})), HasSubstr("[R, 5]"));
  EXPECT_THAT(run(features, torch::full({1, 5}, 2)), HasSubstr("image 2 to 2, expected 0 to 1"));
  EXPECT_THAT(run(features, torch::full({1, 5}, -1)), HasSubstr("expected 0 to 1"));
  EXPECT_THAT(run(features, torch::full({1, 5}, NAN)), HasSubstr("expected 0 to 1"));
  EXPECT_THAT(run(features, torch::zeros({1, 5}), {.size = 0}), HasSubstr("at least 1"));
  EXPECT_THAT(run(features, torch::zeros({1, 5}), {.sampling = 0}), HasSubstr("at least 1"));
  EXPECT_THAT(run(torch::zeros({1, 2, 0, 3}), torch::zeros({1, 5})), HasSubstr("expected some"));
}

}  // namespace
}  // namespace paucal::models
