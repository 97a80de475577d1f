// mean, max, batch_norm, layer_norm, embedding.
#include "edge/kernels/test_ops.h"

namespace paucal::edge {
namespace {

using test::check_op;
using test::constant;
using test::expect_refused;
using test::Sample;

TEST(Reduce, AgreesWithTheDefinition) {
  Random random(1);
  for (int round = 0; round < 60; ++round) {
    const auto rank = static_cast<int>(random.below(6));
    std::array<int64_t, 6> dims{};
    for (int64_t& dim : dims) dim = random.between(1, 5);
    const Shape shape(std::span<const int64_t>(dims.data(), static_cast<size_t>(rank)));
    const Sample x = test::random_sample(shape, random);
    test::Attributes attributes;
    Shape kept = shape;
    std::vector<int64_t> dropped;
    for (int d = 0; d < rank; ++d) {
      if (round % 5 != 0 && random.below(2)) {
        dropped.push_back(shape[d]);
        continue;
      }
      kept[d] = 1;
      if (round % 5 != 0) attributes["axes"].push_back(round % 2 ? d : d - rank);
    }
    if (round % 5 != 0 && !attributes.contains("axes")) continue;
    std::vector<double> sum(static_cast<size_t>(kept.elements())), most(sum.size(), -INFINITY);
    for (int64_t i = 0; i < shape.elements(); ++i) {
      int64_t to = 0, step = 1, rest = i;
      for (int d = rank - 1; d >= 0; --d) {
        if (kept[d] != 1) to += rest % shape[d] * step;
        step *= kept[d];
        rest /= shape[d];
      }
      const double value = x.values[static_cast<size_t>(i)];
      sum[static_cast<size_t>(to)] += value;
      most[static_cast<size_t>(to)] = std::max(most[static_cast<size_t>(to)], value);
    }
    Sample mean{kept, {}}, max{kept, {}};
    for (size_t i = 0; i < sum.size(); ++i) {
      mean.values.push_back(static_cast<float>(sum[i] * static_cast<double>(sum.size()) /
                                               static_cast<double>(shape.elements())));
      max.values.push_back(static_cast<float>(most[i]));
    }
    attributes["keep"] = {1};
    check_op("mean", {x}, attributes, {mean});
    check_op("max", {x}, attributes, {max}, 0);
    attributes.erase("keep");
    mean.shape = max.shape = Shape(std::span<const int64_t>(dropped));
    check_op("mean", {x}, attributes, {mean});
    check_op("max", {x}, attributes, {max}, 0);
  }
}

TEST(Reduce, RefusesHostileNodes) {
  const Sample x{{2, 2}, {1, 2, 3, 4}};
  expect_refused("mean", {x}, {{"axes", {2}}});
  expect_refused("mean", {x}, {{"axes", {0, -2}}});
  expect_refused("max", {Sample{{2, 0}, {}}}, {{"axes", {1}}});
  check_op("max", {Sample{{2, 0}, {}}}, {{"axes", {0}}}, {Sample{{0}, {}}});
  check_op("max", {Sample{{3}, {1, std::nanf(""), 2}}}, {}, {Sample{{}, {std::nanf("")}}});
}

TEST(BatchNorm, AgreesInEitherLayout) {
  Random random(2);
  for (const Shape& shape : {Shape{2, 5, 3, 4}, Shape{3, 7}, Shape{2, 3, 6}, Shape{0, 3, 2, 2}}) {
    const Sample x = test::random_sample(shape, random);
    std::vector<Sample> inputs = {x};
    for (int i = 0; i < 4; ++i)
      inputs.push_back(constant(test::random_sample({shape[1]}, random, 0.1, 2)));
    Sample want = x;
    int64_t inner = 1;
    for (int d = 2; d < shape.rank(); ++d) inner *= shape[d];
    for (size_t i = 0; i < x.values.size(); ++i) {
      const auto c = static_cast<size_t>(static_cast<int64_t>(i) / inner % shape[1]);
      const auto of = [&](size_t k) { return inputs[k].values[c]; };
      want.values[i] = (x.values[i] - of(3)) / std::sqrt(of(4) + 1e-3f) * of(1) + of(2);
    }
    check_op("batch_norm", inputs, {{"eps", {1e-3}}}, {want});
    auto wrong = inputs;
    wrong[2] = constant(test::random_sample({shape[1] + 1}, random));
    expect_refused("batch_norm", wrong);
    wrong = inputs;
    wrong[3].constant = false;
    expect_refused("batch_norm", wrong);
  }
}

TEST(LayerNorm, AgreesWithTheDefinition) {
  Random random(3);
  for (const Shape& shape : {Shape{2, 5, 37}, Shape{768}, Shape{0, 4}, Shape{4, 0}, Shape{3, 1}}) {
    const Sample x = test::random_sample(shape, random);
    const int64_t size = shape[shape.rank() - 1];
    const Sample weight = constant(test::random_sample({size}, random));
    const Sample bias = constant(test::random_sample({size}, random));
    Sample plain = x, full = x;
    for (int64_t i = 0; i < shape.elements(); ++i) {
      const int64_t first = i / size * size;
      double mean = 0, variance = 0;
      for (int64_t k = 0; k < size; ++k) mean += x.values[static_cast<size_t>(first + k)];
      mean /= static_cast<double>(size);
      for (int64_t k = 0; k < size; ++k)
        variance += std::pow(x.values[static_cast<size_t>(first + k)] - mean, 2);
      const auto at = static_cast<size_t>(i), k = static_cast<size_t>(i % size);
      plain.values[at] = static_cast<float>((x.values[at] - mean) /
                                            std::sqrt(variance / static_cast<double>(size) + 1e-5));
      full.values[at] = plain.values[at] * weight.values[k] + bias.values[k];
    }
    check_op("layer_norm", {x}, {}, {plain});
    check_op("layer_norm", {x, weight, bias}, {{"eps", {1e-5}}}, {full});
    expect_refused(
        "layer_norm",
        {x, constant(Sample{{size + 1}, std::vector<float>(static_cast<size_t>(size) + 1)})});
  }
  expect_refused("layer_norm", {Sample{{}, {1}}});
}

TEST(Embedding, MarksWordsItDoesNotKnow) {
  const float nan = std::nanf("");
  const Sample table = constant(Sample{{3, 2}, {1, 2, 3, 4, 5, 6}});
  const Sample indices{{2, 3}, {0, 2, 1, -1, 3, 1e18f}, Type::kI64};
  check_op("embedding", {indices, table}, {},
           {Sample{{2, 3, 2}, {1, 2, 5, 6, 3, 4, nan, nan, nan, nan, nan, nan}}});
  check_op("embedding", {Sample{{0}, {}, Type::kI64}, table}, {}, {Sample{{0, 2}, {}}});
  expect_refused("embedding", {Sample{{1}, {0}}, table});
  expect_refused("embedding", {Sample{{1, 1, 1, 1, 1, 1}, {0}, Type::kI64}, table});
}

}  // namespace
}  // namespace paucal::edge
