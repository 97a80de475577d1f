#include "edge/kernels/test_ops.h"

namespace paucal::edge {
namespace {

using test::check_op;
using test::Sample;

// Element of `from` that a broadcast reads for the i-th of `out`.
float stretched(const Sample& from, const Shape& out, int64_t i) {
  int64_t offset = 0, step = 1;
  for (int d = out.rank() - 1; d >= 0; --d) {
    const int k = d - (out.rank() - from.shape.rank());
    if (k >= 0 && from.shape[k] != 1) offset += i % out[d] * step;
    if (k >= 0) step *= from.shape[k];
    i /= out[d];
  }
  return from.values[static_cast<size_t>(offset)];
}

void check_all(const Sample& a, const Sample& b, const Shape& out) {
  const auto check = [&](std::string_view name, auto f, const test::Attributes& attributes = {}) {
    Sample want{out, {}};
    for (int64_t i = 0; i < out.elements(); ++i)
      want.values.push_back(f(stretched(a, out, i), stretched(b, out, i)));
    check_op(name, {a, b}, attributes, {want}, 1e-6);
  };
  check("add", [](float x, float y) { return x + y; });
  check("sub", [](float x, float y) { return x - y; });
  check("mul", [](float x, float y) { return x * y; });
  check("div", [](float x, float y) { return x / y; });
  check("add", [](float x, float y) { return std::clamp(x + y, 0.f, 1.5f); },
        {{"clamp", {0, 1.5}}});
  check("mul", [](float x, float y) { return std::max(x * y, 0.f); }, {{"clamp", {0, 3.4e38}}});
}

TEST(Binary, BroadcastsAnyShapes) {
  Random random(1);
  for (int round = 0; round < 60; ++round) {
    const auto rank = static_cast<int>(random.below(6));
    std::array<int64_t, 6> dims{};
    const std::span<const int64_t> chosen(dims.data(), static_cast<size_t>(rank));
    for (int64_t& dim : dims) dim = random.below(20) == 0 ? 0 : random.between(1, 6);
    const Shape out(chosen);
    // Either may stretch, but not both the same dimension, so that `out` is the result.
    Shape a = out, b = out;
    for (int d = 0; d < rank; ++d) {
      const auto which = random.below(4);
      if (which == 0) a[d] = 1;
      if (which == 1) b[d] = 1;
    }
    if (out.elements() == 0) continue;
    Sample x = test::random_sample(a, random), y = test::random_sample(b, random, 0.5, 2);
    check_all(x, y, out);
    check_all(test::constant(x), y, out);
    check_all(x, test::constant(y), out);
  }
}

TEST(Binary, StretchesConstantsOfLowerRank) {
  Random random(2);
  const Sample x = test::random_sample({2, 5, 3, 4}, random, 0.5, 2);
  for (const Shape& shape : {Shape{}, Shape{1}, Shape{4}, Shape{3, 1}, Shape{5, 1, 1},
                             Shape{5, 3, 4}, Shape{1, 5, 1, 1}}) {
    const Sample y = test::constant(test::random_sample(shape, random, 0.5, 2));
    check_all(x, y, x.shape);
    check_all(y, x, x.shape);
  }
}

TEST(Binary, TakesLargeAndEmptyTensors) {
  Random random(3);
  const Sample large = test::random_sample({1, 10, 41, 41}, random, 0.5, 2);
  check_all(large, large, large.shape);
  check_all(large, test::random_sample({1, 10, 1, 1}, random, 0.5, 2), large.shape);
  for (const Shape& shape : {Shape{0, 3, 4, 4}, Shape{2, 3, 0, 4}})
    check_all(test::random_sample(shape, random), test::random_sample(shape, random), shape);
  check_all(Sample{{0, 3}, {}}, Sample{{1, 1}, {2}}, {0, 3});
}

// Memory is shared with `a` only where that is safe.
TEST(Binary, StretchesAComputedInput) {
  Graph graph;
  const int a = graph.add_input("a", Type::kF32, {1}), b = graph.add_input("b", Type::kF32, {3});
  const int c = graph.add_node("neg", "c", {a});
  graph.outputs = {graph.add_node("add", "d", {c, b})};
  auto model = Model::make({graph, Json::object()});
  ASSERT_TRUE(model.ok());
  Session session(*model);
  std::vector<float> x = {1}, y = {1, 2, 3};
  const Tensor in[] = {{Type::kF32, Layout::kRows, {1}, x.data()},
                       {Type::kF32, Layout::kRows, {3}, y.data()}};
  const auto out = session.run(in);
  ASSERT_TRUE(out.ok());
  for (int i = 0; i < 3; ++i) EXPECT_EQ((*out)[0].as<float>()[i], static_cast<float>(i));
}

TEST(Binary, RefusesWhatDoesNotFit) {
  Random random(4);
  const Sample x = test::random_sample({2, 3}, random);
  test::expect_refused("add", {x, test::random_sample({2, 2}, random)});
  test::expect_refused("add", {x, Sample{{2, 3}, {1, 2, 3, 4, 5, 6}, Type::kI32}});
  test::expect_refused("add", {x});
  test::expect_refused("add", {x, x}, {{"clamp", {0}}});
  test::expect_refused("sub", {x, x}, {{"clamp", {0, 1}}});
  // Two inputs that fit in memory stretch to one that doesn't.
  const Shape tall{int64_t{1} << 22, 1}, wide{1, int64_t{1} << 22};
  const OpInfo& op = *find_op("mul");
  const Signature in[] = {{Type::kF32, tall}, {Type::kF32, wide}};
  const auto out = op.infer(Node{}, std::span(in));
  EXPECT_TRUE(!out.ok() || (*out)[0].shape.elements() < 0);
}

}  // namespace
}  // namespace paucal::edge
