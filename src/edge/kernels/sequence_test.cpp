// lstm, viterbi.
#include "edge/kernels/test_ops.h"

namespace paucal::edge {
namespace {

using test::check_op;
using test::constant;
using test::expect_refused;
using test::Sample;

double logistic(double x) {
  return 1 / (1 + std::exp(-x));
}

// The equations of torch.nn.LSTM's documentation, one number at a time.
Sample lstm(const std::vector<Sample>& in, bool reverse) {
  const int64_t steps = in[0].shape[0], batch = in[0].shape[1], width = in[0].shape[2];
  const int64_t hidden = in[2].shape[1];
  Sample y{{steps, batch, hidden}, std::vector<float>(static_cast<size_t>(steps * batch * hidden))};
  for (int64_t n = 0; n < batch; ++n) {
    std::vector<double> h(static_cast<size_t>(hidden)), c(h);
    for (int64_t i = 0; i < steps; ++i) {
      const int64_t t = reverse ? steps - 1 - i : i;
      std::vector<double> gates;
      for (int64_t g = 0; g < 4 * hidden; ++g) {
        double sum = in[3].at({g}) + in[4].at({g});
        for (int64_t k = 0; k < width; ++k) sum += in[0].at({t, n, k}) * in[1].at({g, k});
        for (int64_t k = 0; k < hidden; ++k) sum += h[static_cast<size_t>(k)] * in[2].at({g, k});
        gates.push_back(sum);
      }
      const auto size = static_cast<size_t>(hidden);
      for (size_t k = 0; k < size; ++k) {
        c[k] =
            logistic(gates[size + k]) * c[k] + logistic(gates[k]) * std::tanh(gates[2 * size + k]);
        h[k] = logistic(gates[3 * size + k]) * std::tanh(c[k]);
        y.values[static_cast<size_t>((t * batch + n) * hidden) + k] = static_cast<float>(h[k]);
      }
    }
  }
  return y;
}

TEST(Lstm, FollowsItsEquations) {
  Random random(1);
  struct Size {
    int64_t steps, batch, width, hidden;
  };
  for (const Size& s : {Size{5, 1, 3, 4}, Size{4, 20, 17, 9}, Size{1, 7, 1, 1}, Size{0, 2, 3, 4},
                        Size{3, 0, 3, 4}, Size{2, 2, 0, 5}}) {
    const std::vector<Sample> in = {test::random_sample({s.steps, s.batch, s.width}, random),
                                    constant(test::random_sample({4 * s.hidden, s.width}, random)),
                                    constant(test::random_sample({4 * s.hidden, s.hidden}, random)),
                                    constant(test::random_sample({4 * s.hidden}, random)),
                                    constant(test::random_sample({4 * s.hidden}, random))};
    check_op("lstm", in, {}, {lstm(in, false)}, 2e-5);
    check_op("lstm", in, {{"reverse", {1}}}, {lstm(in, true)}, 2e-5);
  }
}

TEST(Lstm, RefusesHostileNodes) {
  Random random(2);
  const auto weights = [&](const Shape& shape) {
    return constant(test::random_sample(shape, random));
  };
  const Sample x = test::random_sample({2, 1, 3}, random);
  expect_refused("lstm", {x, weights({8, 4}), weights({8, 2})});
  expect_refused("lstm", {x, weights({8, 3}), weights({8, 3})});
  expect_refused("lstm", {x, weights({12, 3}), weights({8, 2})});
  expect_refused("lstm", {x, weights({0, 3}), weights({0, 0})});
  expect_refused("lstm", {x, weights({8, 3}), weights({8, 2}), weights({7})});
  expect_refused("lstm", {x, weights({8, 3}), test::random_sample({8, 2}, random)});
  expect_refused("lstm", {test::random_sample({2, 3}, random), weights({8, 3}), weights({8, 2})});
}

TEST(Viterbi, FindsTheBestOfAllPaths) {
  Random random(3);
  for (int round = 0; round < 30; ++round) {
    const int64_t batch = random.between(0, 4), steps = random.between(1, 5);
    const int64_t labels = random.between(1, 4);
    const bool ends = round % 2 == 0;
    const Sample emissions = test::random_sample({batch, steps, labels}, random);
    const Sample moves = constant(test::random_sample({labels, labels}, random));
    const Sample start = ends ? constant(test::random_sample({labels}, random)) : Sample{};
    const Sample end = ends ? constant(test::random_sample({labels}, random)) : Sample{};
    Sample path{{batch, steps}, {}, Type::kI32}, score{{batch}, {}};
    for (int64_t n = 0; n < batch; ++n) {
      double best = -INFINITY;
      std::vector<int64_t> chosen;
      const auto paths = static_cast<int64_t>(
          std::lround(std::pow(static_cast<double>(labels), static_cast<double>(steps))));
      for (int64_t p = 0; p < paths; ++p) {
        std::vector<int64_t> path_labels;
        for (int64_t t = 0, rest = p; t < steps; ++t, rest /= labels)
          path_labels.push_back(rest % labels);
        double sum = ends ? start.at({path_labels.front()}) + end.at({path_labels.back()}) : 0;
        for (int64_t t = 0; t < steps; ++t) {
          const int64_t k = path_labels[static_cast<size_t>(t)];
          sum += emissions.at({n, t, k});
          if (t > 0) sum += moves.at({path_labels[static_cast<size_t>(t - 1)], k});
        }
        if (sum > best) best = sum, chosen = path_labels;
      }
      path.values.insert(path.values.end(), chosen.begin(), chosen.end());
      score.values.push_back(static_cast<float>(best));
    }
    check_op("viterbi", {emissions, moves, start, end}, {}, {path, score});
  }
}

TEST(Viterbi, TakesTheFirstOfEqualsAndNaN) {
  const float nan = std::nanf("");
  const Sample moves = constant(Sample{{2, 2}, {0, 0, 0, 0}});
  check_op("viterbi", {Sample{{1, 2, 2}, {1, 1, 1, 1}}, moves}, {},
           {Sample{{1, 2}, {0, 0}, Type::kI32}, Sample{{1}, {2}}});
  const auto out = test::run_op("viterbi", {Sample{{1, 2, 2}, {nan, nan, nan, nan}}, moves});
  ASSERT_TRUE(out.ok());
  EXPECT_EQ((*out)[0].values, (std::vector<float>{0, 0}));
  check_op("viterbi", {Sample{{2, 0, 2}, {}}, moves}, {},
           {Sample{{2, 0}, {}, Type::kI32}, Sample{{2}, {0, 0}}});
  expect_refused("viterbi", {Sample{{1, 1, 3}, {1, 2, 3}}, moves});
  expect_refused("viterbi", {Sample{{1, 1, 0}, {}}, constant(Sample{{0, 0}, {}})});
}

}  // namespace
}  // namespace paucal::edge
