#include "edge/kernels/test_conv2d.h"

namespace paucal::edge {
namespace {

using namespace testing_conv2d;

TEST(Winograd, SizesThatDoNotFillTiles) {
  for (const int64_t size : {3, 4, 5, 7, 9, 14})
    check({.batch = 2,
           .in = 16,
           .height = size,
           .width = size + 2,
           .out = 24,
           .kernel_h = 3,
           .kernel_w = 3,
           .padding = {1, 1, 1, 1},
           .residual = size % 2 == 0,
           .low = 0},
          "winograd4", 1e-5);
  check({.batch = 1,
         .in = 24,
         .height = 30,
         .width = 41,
         .out = 40,
         .kernel_h = 3,
         .kernel_w = 3,
         .padding = {0, 2, 3, 1}},
        "winograd4", 1e-5);
}

// The bound that winograd.h states.
TEST(Winograd, ErrorStaysBelowItsBound) {
  for (const int64_t channels : {64, 256})
    check({.batch = 1,
           .in = channels,
           .height = 8,
           .width = 8,
           .out = 32,
           .kernel_h = 3,
           .kernel_w = 3,
           .padding = {1, 1, 1, 1}},
          "winograd4", 1e-5);
}

TEST(Winograd, HeavyFiltersTakeSmallTiles) {
  for (const int64_t size : {3, 6})
    check({.batch = 1,
           .in = 512,
           .height = size,
           .width = size - 1,
           .out = 520,
           .kernel_h = 3,
           .kernel_w = 3,
           .padding = {1, 1, 1, 1},
           .residual = size == 6,
           .low = 0},
          "winograd2", 1e-5);
}

}  // namespace
}  // namespace paucal::edge
