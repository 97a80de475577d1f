#include "edge/kernels/test_ops.h"

namespace paucal::edge {
namespace {

using test::check_op;
using test::Sample;

const Shape kShapes[] = {{2, 3, 4, 5}, {7}, {}, {0, 3}, {2, 0, 4, 4}, {1, 20, 29, 29}};

void check_function(std::string_view name, double low, double high, double (*f)(double),
                    const test::Attributes& attributes = {}, double tolerance = 2e-6) {
  Random random(1);
  for (const Shape& shape : kShapes) {
    const Sample x = test::random_sample(shape, random, low, high);
    Sample want = x;
    for (float& value : want.values) value = static_cast<float>(f(value));
    check_op(name, {x}, attributes, {want}, tolerance);
  }
  test::expect_refused(name, {Sample{{2}, {1, 2}, Type::kI32}}, attributes);
}

double sigmoid(double x) {
  return 1 / (1 + std::exp(-x));
}

TEST(Unary, AgreesWithTheMathLibrary) {
  check_function(
      "relu", -2, 2, [](double x) { return std::max(x, 0.); }, {}, 0);
  check_function(
      "neg", -2, 2, [](double x) { return -x; }, {}, 0);
  check_function("exp", -90, 5, [](double x) { return std::exp(x); });
  check_function("exp", 5, 88, [](double x) { return std::exp(x); });
  check_function("log", 1e-6, 9, [](double x) { return std::log(x); });
  check_function("sqrt", 0, 9, [](double x) { return std::sqrt(x); });
  check_function("sigmoid", -30, 30, sigmoid);
  check_function("tanh", -3, 3, [](double x) { return std::tanh(x); });
  check_function("silu", -30, 30, [](double x) { return x * sigmoid(x); });
  check_function("gelu", -6, 6, [](double x) { return x / 2 * (1 + std::erf(x / std::sqrt(2.))); });
  check_function("gelu", -6, 6,
                 [](double x) {
                   return x / 2 * (1 + std::tanh(std::sqrt(2 / M_PI) * (x + 0.044715 * x * x * x)));
                 },
                 {{"tanh", {1}}});
  check_function("hard_sigmoid", -5, 5, [](double x) { return std::clamp(x / 6 + 0.5, 0., 1.); });
  check_function("hard_swish", -5, 5, [](double x) { return x * std::clamp(x / 6 + 0.5, 0., 1.); });
  check_function(
      "clamp", -2, 2, [](double x) { return std::clamp(x, -0.5, 1.); },
      {{"low", {-0.5}}, {"high", {1}}}, 0);
}

TEST(Unary, KeepsTheEndsOfTheRange) {
  const float inf = std::numeric_limits<float>::infinity(), nan = std::nanf("");
  const std::vector<float> x = {nan, inf, -inf, 3e38f, -3e38f, 1e-40f, 0};
  const auto check = [&](std::string_view name, const std::vector<float>& want) {
    // Long enough that whole vectors are met too.
    Sample in{{9, 7}, {}}, out{{9, 7}, {}};
    for (int i = 0; i < 9; ++i) {
      in.values.insert(in.values.end(), x.begin(), x.end());
      out.values.insert(out.values.end(), want.begin(), want.end());
    }
    check_op(name, {in}, {}, {out});
  };
  check("exp", {nan, inf, 0, inf, 0, 1, 1});
  check("sigmoid", {nan, 1, 0, 1, 0, 0.5, 0.5});
  check("tanh", {nan, 1, -1, 1, -1, 0, 0});
  check("relu", {nan, inf, 0, 3e38f, 0, 0, 0});
  check("clamp", {nan, 3.4e38f, -3.4e38f, 3e38f, -3e38f, 0, 0});
  check("sqrt", {nan, inf, nan, std::sqrt(3e38f), nan, 0, 0});
}

TEST(Unary, KeepsSmallValuesExact) {
  // Absolute errors would drown them.
  Sample x{{64}, {}}, want{{64}, {}};
  for (int i = 0; i < 64; ++i) {
    x.values.push_back(static_cast<float>(i) * 1e-3f + 1e-5f);
    want.values.push_back(std::tanh(x.values.back()));
  }
  const auto y = test::run_op("tanh", {x});
  ASSERT_TRUE(y.ok());
  for (size_t i = 0; i < 64; ++i)
    EXPECT_NEAR((*y)[0].values[i] / want.values[i], 1, 1e-6) << x.values[i];
}

}  // namespace
}  // namespace paucal::edge
