#include <limits>

#include "edge/kernels/test_conv2d.h"

namespace paucal::edge {
namespace {

using namespace testing_conv2d;

TEST(Conv2d, PointwiseOfAnyChannels) {
  for (const int64_t in : {1, 7, 16, 24, 65})
    for (const int64_t out : {1, 5, 8, 9, 16, 17, 24, 40})
      check({.batch = 1,
             .in = in,
             .height = 5,
             .width = 7,
             .out = out,
             .kernel_h = 1,
             .kernel_w = 1,
             .residual = out % 2 == 0,
             .low = 0,
             .high = 6},
            "gemm");
}

TEST(Conv2d, FirstLayersOfFewChannels) {
  for (const int64_t in : {1, 2, 3, 4})
    check({.batch = 2,
           .in = in,
           .height = 19,
           .width = 23,
           .out = 18,
           .kernel_h = 7,
           .kernel_w = 7,
           .stride_h = 2,
           .stride_w = 2,
           .padding = {3, 3, 3, 3}},
          "gemm");
  check({.batch = 1,
         .in = 3,
         .height = 33,
         .width = 31,
         .out = 32,
         .kernel_h = 3,
         .kernel_w = 3,
         .stride_h = 2,
         .stride_w = 2,
         .padding = {0, 0, 1, 1},
         .low = 0},
        "gemm");
}

TEST(Conv2d, RandomShapes) {
  Random random(7);
  for (int i = 0; i < 60; ++i) {
    Case c{.batch = random.between(1, 3),
           .in = random.between(1, 20),
           .height = random.between(1, 15),
           .width = random.between(1, 15),
           .out = random.between(1, 36),
           .kernel_h = random.between(1, 4),
           .kernel_w = random.between(1, 5)};
    c.stride_h = random.between(1, 3), c.stride_w = random.between(1, 3);
    c.dilation_h = random.between(1, 2), c.dilation_w = random.between(1, 2);
    for (int64_t& p : c.padding) p = random.between(0, 3);
    c.bias = random.chance(.7), c.residual = random.chance(.5);
    if (random.chance(.5)) c.low = -.5, c.high = 1.5;
    // Grouped at times: a multiple of the groups on both sides.
    const int64_t groups = random.between(1, 4);
    if (groups > 1) c.groups = groups, c.in *= groups, c.out *= groups;
    if (c.dilation_h * (c.kernel_h - 1) >= c.height + c.padding[0] + c.padding[2] ||
        c.dilation_w * (c.kernel_w - 1) >= c.width + c.padding[1] + c.padding[3])
      continue;
    check(c, "");
  }
}

TEST(Conv2d, ManyBlocksAndPanels) {
  check({.batch = 2,
         .in = 24,
         .height = 40,
         .width = 37,
         .out = 50,
         .kernel_h = 3,
         .kernel_w = 3,
         .stride_h = 1,
         .stride_w = 2,
         .padding = {1, 1, 1, 1},
         .residual = true,
         .low = 0},
        "gemm");
  check({.batch = 1, .in = 96, .height = 7, .width = 7, .out = 320, .kernel_h = 1, .kernel_w = 1},
        "gemm");
}

TEST(Conv2d, Depthwise) {
  for (const int64_t kernel : {3, 5})
    for (const int64_t stride : {1, 2})
      for (const int64_t channels : {3, 8, 13, 24, 32}) {
        const int64_t p = kernel / 2;
        check({.batch = 2,
               .in = channels,
               .height = 13,
               .width = 18,
               .out = channels,
               .kernel_h = kernel,
               .kernel_w = kernel,
               .stride_h = stride,
               .stride_w = stride,
               .padding = {p, p, p, p},
               .groups = channels,
               .residual = channels == 13,
               .low = 0,
               .high = 6},
              "depthwise");
      }
  check({.batch = 1,
         .in = 11,
         .height = 9,
         .width = 14,
         .out = 11,
         .kernel_h = 2,
         .kernel_w = 4,
         .stride_h = 3,
         .stride_w = 1,
         .padding = {2, 0, 1, 3},
         .dilation_h = 2,
         .dilation_w = 3,
         .groups = 11},
        "depthwise");
}

TEST(Conv2d, GroupsAndMultipliers) {
  check({.batch = 1,
         .in = 32,
         .height = 8,
         .width = 9,
         .out = 64,
         .kernel_h = 3,
         .kernel_w = 3,
         .padding = {1, 1, 1, 1},
         .groups = 8,
         .residual = true},
        "reference");
  check({.batch = 3,
         .in = 6,
         .height = 8,
         .width = 9,
         .out = 12,
         .kernel_h = 3,
         .kernel_w = 3,
         .stride_h = 2,
         .padding = {1, 1, 1, 1},
         .groups = 6,
         .low = 0},
        "reference");
}

TEST(Conv2d, EmptyBatchesAndPaddingAlone) {
  for (const int64_t channels : {3, 16}) {
    const Case empty{.batch = 0,
                     .in = channels,
                     .height = 5,
                     .width = 5,
                     .out = 16,
                     .kernel_h = 3,
                     .kernel_w = 3,
                     .padding = {1, 1, 1, 1},
                     .residual = true};
    check(empty, "");
    Case no_height = empty;
    no_height.batch = 2, no_height.height = 0, no_height.padding = {2, 1, 2, 1};
    check(no_height, "");
    Case no_width = no_height;
    no_width.height = 4, no_width.width = 0, no_width.padding = {1, 2, 1, 2};
    check(no_width, "");
    no_width.groups = no_width.out = channels;
    check(no_width, "depthwise");
  }
}

TEST(Conv2d, KeepsNaNAndClampsInfinity) {
  Case c{.batch = 1,
         .in = 8,
         .height = 4,
         .width = 4,
         .out = 16,
         .kernel_h = 1,
         .kernel_w = 1,
         .low = 0,
         .high = 6};
  Numbers v = numbers_for(c);
  std::ranges::fill(v.weight, 1.f);
  v.x[0] = std::numeric_limits<float>::quiet_NaN();
  v.x[8] = std::numeric_limits<float>::infinity();
  for (const Isa isa : {Isa::kPortable, best_isa()}) {
    const Output got = run(c, v, isa, 1);
    EXPECT_TRUE(std::isnan(got.y[0]));
    EXPECT_EQ(got.y[16], 6.f);
  }
}

}  // namespace
}  // namespace paucal::edge
