#include "edge/kernels/test_ops.h"

namespace paucal::edge {
namespace {

using test::check_op;
using test::expect_refused;
using test::Sample;

// `step` as in PyTorch: input pixels an output pixel.
Sample resized(const Sample& x, int64_t height, int64_t width, double step_y, double step_x,
               bool bilinear, bool corners = false) {
  const Shape& in = x.shape;
  Sample y{{in[0], in[1], height, width}, {}};
  const auto place = [&](int64_t o, double step) {
    if (!bilinear || corners) return static_cast<double>(o) * step;
    return std::max(0., (static_cast<double>(o) + 0.5) * step - 0.5);
  };
  for (int64_t i = 0; i < y.shape.elements(); ++i) {
    const double at_x = place(i % width, step_x), at_y = place(i / width % height, step_y);
    const int64_t plane = i / (width * height);
    const auto pixel = [&](int64_t py, int64_t px) {
      py = std::min(py, in[2] - 1), px = std::min(px, in[3] - 1);
      return x.values[static_cast<size_t>((plane * in[2] + py) * in[3] + px)];
    };
    const auto x0 = static_cast<int64_t>(at_x), y0 = static_cast<int64_t>(at_y);
    const double wx = at_x - static_cast<double>(x0), wy = at_y - static_cast<double>(y0);
    const double top = pixel(y0, x0) * (1 - wx) + pixel(y0, x0 + 1) * wx;
    const double bottom = pixel(y0 + 1, x0) * (1 - wx) + pixel(y0 + 1, x0 + 1) * wx;
    y.values.push_back(bilinear ? static_cast<float>(top * (1 - wy) + bottom * wy) : pixel(y0, x0));
  }
  return y;
}

TEST(Resize, AgreesWithTheDefinition) {
  Random random(1);
  for (int round = 0; round < 40; ++round) {
    const Sample x = test::random_sample(
        {random.below(3), random.between(1, 20), random.between(1, 9), random.between(1, 9)},
        random);
    const int64_t h = random.between(1, 16), w = random.between(1, 16);
    const auto height = static_cast<double>(h), width = static_cast<double>(w);
    const auto in_h = static_cast<double>(x.shape[2]), in_w = static_cast<double>(x.shape[3]);
    const test::Attributes size = {{"size", {height, width}}};
    // Steps in float, as there: at whole numbers nearest depends on the last bit.
    const double step_y = static_cast<float>(in_h) / static_cast<float>(height);
    const double step_x = static_cast<float>(in_w) / static_cast<float>(width);
    if (in_h / height != step_y || in_w / width != step_x) continue;
    check_op("resize_nearest", {x}, size, {resized(x, h, w, step_y, step_x, false)}, 0);
    check_op("resize_bilinear", {x}, size, {resized(x, h, w, step_y, step_x, true)});
    const Sample like = test::random_sample({1, 1, h, w}, random);
    check_op("resize_bilinear", {x, like}, {}, {resized(x, h, w, step_y, step_x, true)});
    check_op("resize_bilinear", {x}, {{"size", {height, width}}, {"align_corners", {1}}},
             {resized(x, h, w, h > 1 ? (in_h - 1) / (height - 1) : 0,
                      w > 1 ? (in_w - 1) / (width - 1) : 0, true, true)});
  }
  const Sample x = test::random_sample({1, 3, 5, 7}, random);
  check_op("resize_nearest", {x}, {{"scale", {2, 2}}}, {resized(x, 10, 14, 0.5, 0.5, false)}, 0);
  check_op("resize_bilinear", {x}, {{"scale", {1.6, 0.4}}},
           {resized(x, 8, 2, 1 / 1.6, 1 / 0.4, true)});
}

TEST(Resize, RefusesHostileNodes) {
  Random random(2);
  const Sample x = test::random_sample({1, 2, 4, 4}, random);
  expect_refused("resize_nearest", {x});
  expect_refused("resize_nearest", {x}, {{"size", {2, 2}}, {"scale", {1, 1}}});
  expect_refused("resize_nearest", {x}, {{"scale", {0, 1}}});
  expect_refused("resize_nearest", {x}, {{"scale", {std::nan(""), 1}}});
  expect_refused("resize_nearest", {x}, {{"size", {-1, 1}}});
  expect_refused("resize_bilinear", {Sample{{1, 2, 0, 4}, {}}}, {{"size", {2, 2}}});
  expect_refused("resize_bilinear", {x, x}, {{"size", {2, 2}}});
  check_op("resize_bilinear", {x}, {{"size", {0, 2}}}, {Sample{{1, 2, 0, 2}, {}}});
}

}  // namespace
}  // namespace paucal::edge
