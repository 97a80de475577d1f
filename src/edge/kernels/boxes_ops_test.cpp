// propose_regions, roi_align, nms.
#include "edge/kernels/test_ops.h"
#include "edge/post/proposals.h"

namespace paucal::edge {
namespace {

using test::check_op;
using test::expect_refused;
using test::Sample;

struct RoiCase {
  int64_t height, width, sampling;
  double scale;
  bool aligned;
};

// torchvision's definition, one sample at a time.
Sample roi_align(const Sample& x, const Sample& rois, const RoiCase& c) {
  const Shape& in = x.shape;
  Sample y{{rois.shape[0], in[1], c.height, c.width}, {}};
  for (int64_t i = 0; i < y.shape.elements(); ++i) {
    const int64_t ox = i % c.width, oy = i / c.width % c.height;
    const int64_t channel = i / (c.width * c.height) % in[1];
    const int64_t r = i / (c.width * c.height * in[1]);
    const double offset = c.aligned ? 0.5 : 0;
    const double x0 = rois.at({r, 1}) * c.scale - offset, y0 = rois.at({r, 2}) * c.scale - offset;
    double width = rois.at({r, 3}) * c.scale - offset - x0;
    double height = rois.at({r, 4}) * c.scale - offset - y0;
    if (!c.aligned) width = std::max(width, 1.), height = std::max(height, 1.);
    const double bin_w = width / static_cast<double>(c.width);
    const double bin_h = height / static_cast<double>(c.height);
    const auto samples = [&](double bin) {
      return c.sampling > 0 ? c.sampling
                            : std::max<int64_t>(1, static_cast<int64_t>(std::ceil(bin)));
    };
    const int64_t nx = samples(bin_w), ny = samples(bin_h);
    double sum = 0;
    for (int64_t sy = 0; sy < ny; ++sy)
      for (int64_t sx = 0; sx < nx; ++sx) {
        double py = y0 + (static_cast<double>(oy) +
                          (static_cast<double>(sy) + 0.5) / static_cast<double>(ny)) *
                             bin_h;
        double px = x0 + (static_cast<double>(ox) +
                          (static_cast<double>(sx) + 0.5) / static_cast<double>(nx)) *
                             bin_w;
        if (py < -1 || py > static_cast<double>(in[2]) || px < -1 ||
            px > static_cast<double>(in[3]))
          continue;
        py = std::clamp(py, 0., static_cast<double>(in[2] - 1));
        px = std::clamp(px, 0., static_cast<double>(in[3] - 1));
        const auto fy = static_cast<int64_t>(py), fx = static_cast<int64_t>(px);
        const double wy = py - static_cast<double>(fy), wx = px - static_cast<double>(fx);
        const auto pixel = [&](int64_t yy, int64_t xx) {
          return x.at({static_cast<int64_t>(rois.at({r, 0})), channel, std::min(yy, in[2] - 1),
                       std::min(xx, in[3] - 1)});
        };
        sum += (1 - wy) * ((1 - wx) * pixel(fy, fx) + wx * pixel(fy, fx + 1)) +
               wy * ((1 - wx) * pixel(fy + 1, fx) + wx * pixel(fy + 1, fx + 1));
      }
    y.values.push_back(static_cast<float>(sum / static_cast<double>(nx * ny)));
  }
  return y;
}

TEST(RoiAlign, AgreesWithTheDefinition) {
  Random random(1);
  for (int round = 0; round < 30; ++round) {
    const Sample x = test::random_sample(
        {2, random.between(1, 20), random.between(1, 12), random.between(1, 12)}, random);
    const RoiCase c{random.between(1, 4), random.between(1, 4), random.between(0, 3),
                    round % 2 ? 0.25 : 1, round % 3 == 0};
    Sample rois{{random.below(4), 5}, {}};
    for (int64_t r = 0; r < rois.shape[0]; ++r) {
      rois.values.push_back(static_cast<float>(random.below(2)));
      // Sixteenths are exact: borders of samples do not depend on rounding.
      for (int k = 0; k < 2; ++k)
        rois.values.push_back(static_cast<float>(random.between(-32, 160)) / 16);
      for (size_t k = rois.values.size() - 2, i = 0; i < 2; ++i)
        rois.values.push_back(rois.values[k + i] + static_cast<float>(random.between(1, 200)) / 16);
    }
    check_op("roi_align", {x, rois},
             {{"size", {1. * static_cast<double>(c.height), 1. * static_cast<double>(c.width)}},
              {"scale", {c.scale}},
              {"sampling", {1. * static_cast<double>(c.sampling)}},
              {"aligned", {1. * c.aligned}}},
             {roi_align(x, rois, c)}, 1e-3);
  }
}

TEST(RoiAlign, SurvivesHostileRegions) {
  Random random(2);
  const float nan = std::nanf(""), inf = INFINITY;
  const Sample x = test::random_sample({1, 3, 4, 4}, random);
  const Sample rois{
      {6, 5}, {-1, 0,   0,   1,   1,   1, 0,    0,    1,   1,   nan, 0,      0,      1,     1,
               0,  nan, nan, nan, nan, 0, -inf, -inf, inf, inf, 0,   -1e30f, -1e30f, 1e30f, 1e30f}};
  const auto y = test::run_op("roi_align", {x, rois}, {{"size", {2, 2}}}, {Layout::kChannelsLast});
  ASSERT_TRUE(y.ok());
  for (int64_t r = 0; r < 3; ++r) EXPECT_TRUE(std::isnan((*y)[0].at({r, 0, 0, 0})));
  expect_refused("roi_align", {x, Sample{{1, 4}, {0, 0, 1, 1}}}, {{"size", {2, 2}}});
  expect_refused("roi_align", {x, rois}, {{"size", {0, 2}}});
  expect_refused("roi_align", {x, rois});
}

TEST(ProposeRegions, AreThoseOfTheHighestClassOfEachImage) {
  Random random(4);
  const Sample maps = test::random_sample({2, 3, 9, 7}, random);
  Sample rois{{2 * 20, 5}, {}};
  for (int64_t image = 0; image < 2; ++image) {
    Map highest(7, 9);
    for (int y = 0; y < 9; ++y)
      for (int x = 0; x < 7; ++x)
        highest.at(x, y) = std::max(
            {maps.at({image, 0, y, x}), maps.at({image, 1, y, x}), maps.at({image, 2, y, x})});
    ProposalOptions options;
    options.count = 20;
    options.min_side = 6;
    for (const Box& box : propose_boxes(highest, 8, options))
      for (const float value : {static_cast<float>(image), box.x0, box.y0, box.x1, box.y1})
        rois.values.push_back(value);
  }
  check_op("propose_regions", {maps}, {{"stride", {8}}, {"count", {20}}, {"min_side", {6}}}, {rois},
           0);
}

TEST(ProposeRegions, TakesHostileInput) {
  const test::Attributes attributes = {{"stride", {8}}, {"count", {5}}, {"min_side", {4}}};
  const float nan = std::nanf("");
  for (const Sample& maps :
       {Sample{{1, 1, 2, 2}, {nan, INFINITY, -INFINITY, 0}}, Sample{{1, 1, 0, 3}, {}}}) {
    const auto rois = test::run_op("propose_regions", {maps}, attributes, {});
    ASSERT_TRUE(rois.ok());
    for (const float value : (*rois)[0].values) EXPECT_TRUE(value >= 0 && value <= 16);
  }
  Random random(5);
  const Sample maps = test::random_sample({1, 2, 4, 4}, random);
  expect_refused("propose_regions", {maps});
  expect_refused("propose_regions", {test::random_sample({1, 0, 4, 4}, random)}, attributes);
  expect_refused("propose_regions", {test::random_sample({4, 4}, random)}, attributes);
  for (const char* name : {"stride", "count", "min_side"}) {
    test::Attributes wrong = attributes;
    wrong[name] = {0};
    expect_refused("propose_regions", {maps}, wrong);
  }
}

TEST(Nms, KeepsTheBestOfEachPile) {
  const float nan = std::nanf("");
  const Sample boxes{{6, 4}, {0, 0, 10, 10, 1,  1,  10, 10, 20, 20, 30, 30,
                              0, 0, 10, 10, 50, 50, 60, 60, 70, 70, 80, 80}};
  const Sample scores{{6}, {0.5f, 0.9f, 0.9f, 0.9f, nan, 0.1f}};
  const test::Attributes attributes = {{"iou", {0.5}}, {"score", {0.2}}, {"max_outputs", {4}}};
  check_op("nms", {boxes, scores}, attributes,
           {Sample{{4}, {1, 2, -1, -1}, Type::kI32}, Sample{{1}, {2}, Type::kI32}}, 0);
  check_op("nms", {boxes, scores}, {{"iou", {0.95}}, {"max_outputs", {3}}},
           {Sample{{3}, {1, 2, 3}, Type::kI32}, Sample{{1}, {3}, Type::kI32}}, 0);
  check_op("nms", {Sample{{0, 4}, {}}, Sample{{0}, {}}}, {{"max_outputs", {2}}},
           {Sample{{2}, {-1, -1}, Type::kI32}, Sample{{1}, {0}, Type::kI32}}, 0);
}

TEST(Nms, KeepsNoTwoThatOverlap) {
  Random random(3);
  const Sample boxes = test::random_sample({200, 4}, random, 0, 1);
  Sample sorted = boxes;
  for (size_t i = 0; i < 800; i += 4)
    for (const size_t k : {i, i + 1})
      if (sorted.values[k] > sorted.values[k + 2])
        std::swap(sorted.values[k], sorted.values[k + 2]);
  const Sample scores = test::random_sample({200}, random, 0, 1);
  const auto out = test::run_op("nms", {sorted, scores}, {{"iou", {0.3}}, {"max_outputs", {200}}});
  ASSERT_TRUE(out.ok());
  const auto count = static_cast<size_t>((*out)[1].values[0]);
  EXPECT_GT(count, 10u);
  const auto overlap = [&](int64_t a, int64_t b) {
    double both = 1, area_a = 1, area_b = 1;
    for (const int64_t k : {0, 1}) {
      const auto side = [&](int64_t box) { return sorted.at({box, k + 2}) - sorted.at({box, k}); };
      both *= std::max(0.f, std::min(sorted.at({a, k + 2}), sorted.at({b, k + 2})) -
                                std::max(sorted.at({a, k}), sorted.at({b, k})));
      area_a *= side(a), area_b *= side(b);
    }
    return both / (area_a + area_b - both);
  };
  for (size_t i = 0; i < count; ++i)
    for (size_t j = 0; j < i; ++j) {
      const auto a = static_cast<int64_t>((*out)[0].values[i]);
      const auto b = static_cast<int64_t>((*out)[0].values[j]);
      EXPECT_LE(overlap(a, b), 0.3 + 1e-5);
      EXPECT_LE(scores.at({a}), scores.at({b}));
    }
  expect_refused("nms", {boxes, test::random_sample({199}, random)});
  expect_refused("nms", {boxes, scores}, {{"max_outputs", {0}}});
  expect_refused("nms", {test::random_sample({200, 5}, random), scores});
}

}  // namespace
}  // namespace paucal::edge
