// quantize, dequantize, add_i8 and global_avg_pool_i8 against plain loops.

#include <gtest/gtest.h>

#include <cmath>

#include "base/random.h"
#include "edge/runtime/session.h"

namespace paucal::edge {
namespace {

struct Input {
  Shape shape;
  Quantisation quantisation;
  Type type = Type::kU8;
  std::vector<std::byte> bytes;
};

std::vector<uint8_t> bytes_of(const Shape& shape, Random& random) {
  std::vector<uint8_t> x;
  for (int64_t i = 0; i < shape.elements(); ++i)
    x.push_back(static_cast<uint8_t>(random.below(256)));
  return x;
}

template <class T>
Input input(const Shape& shape, const Quantisation& q, Type type, const std::vector<T>& numbers) {
  const auto bytes = std::as_bytes(std::span(numbers));
  return {shape, q, type, {bytes.begin(), bytes.end()}};
}

// The graph of one op, its inputs N × H × W × C where they have rank 4.
Graph graph_of_i8(std::string_view op, const std::vector<Input>& inputs, Type type,
                  const Quantisation& quantisation,
                  const std::map<std::string, Attribute, std::less<>>& attributes = {}) {
  Graph graph;
  std::vector<int> ids;
  const Layout layout = inputs[0].shape.rank() == 4 ? Layout::kChannelsLast : Layout::kRows;
  for (const Input& in : inputs) {
    ids.push_back(graph.add_input("x", in.type, in.shape));
    graph.value(ids.back()).quantisation = in.quantisation;
    graph.value(ids.back()).layout = layout;
  }
  const int y = graph.add_node(op, "y", ids, attributes);
  graph.value(y).type = type, graph.value(y).quantisation = quantisation;
  graph.value(y).layout = layout;
  graph.outputs = {y};
  return graph;
}

template <class T>
std::vector<T> run_i8(const Graph& graph, std::vector<Input> inputs, Isa isa, int threads) {
  EXPECT_EQ(validate(graph), std::nullopt);
  auto model = Model::make({graph, Json::object()}, isa);
  if (!model.ok()) return ADD_FAILURE() << model.failure().message, std::vector<T>{};
  Session session(*model, {.threads = threads});
  std::vector<Tensor> tensors;
  for (size_t i = 0; i < inputs.size(); ++i)
    tensors.push_back({inputs[i].type, graph.value(graph.inputs[i]).layout, inputs[i].shape,
                       inputs[i].bytes.data()});
  const auto out = session.run(tensors);
  if (!out.ok()) return ADD_FAILURE() << out.failure().message, std::vector<T>{};
  const auto* y = (*out)[0].as<const T>();
  return {y, y + (*out)[0].shape.elements()};
}

template <class T>
void check_i8(const Graph& graph, const std::vector<Input>& inputs,
              const std::vector<T>& expected) {
  for (const Isa isa : {Isa::kPortable, best_isa()})
    for (const int threads : {1, 3}) EXPECT_EQ(run_i8<T>(graph, inputs, isa, threads), expected);
}

uint8_t stored(double steps, const Quantisation& q) {
  return static_cast<uint8_t>(std::clamp(std::nearbyint(steps) + q.zero_point, 0., 255.));
}

bool makes(Graph graph) {
  return !validate(graph) && Model::make({std::move(graph), Json::object()}).ok();
}

TEST(Quantize, RoundsHalvesToEvenAndClamps) {
  const Quantisation q{0.5f, 10};
  const std::vector<float> x = {0,    0.25f, 0.75f,    1.25f,     -0.25f, -0.75f, 1e30f,
                                -5.f, -1e30, INFINITY, -INFINITY, NAN,    122.5f, 122.75f};
  const std::vector<uint8_t> y = {10, 10, 12, 12, 10, 8, 255, 0, 0, 255, 0, 0, 255, 255};
  const std::vector<Input> in = {input({14}, {}, Type::kF32, x)};
  check_i8(graph_of_i8("quantize", in, Type::kU8, q), in, y);
}

TEST(Quantize, BackAndForthKeepsEveryByte) {
  std::vector<uint8_t> all;
  std::vector<float> real;
  const Quantisation q{0.037f, 91};
  for (int i = 0; i < 100'000; ++i) {
    all.push_back(static_cast<uint8_t>(i));
    real.push_back(q.scale * static_cast<float>(all.back() - q.zero_point));
  }
  const std::vector<Input> bytes = {input({100'000}, q, Type::kU8, all)};
  const std::vector<Input> floats = {input({100'000}, {}, Type::kF32, real)};
  check_i8(graph_of_i8("dequantize", bytes, Type::kF32, {}), bytes, real);
  check_i8(graph_of_i8("quantize", floats, Type::kU8, q), floats, all);
}

TEST(Quantize, RefusesBadScales) {
  const std::vector<Input> in = {input({1}, {}, Type::kF32, std::vector<float>{1})};
  EXPECT_TRUE(makes(graph_of_i8("quantize", in, Type::kU8, {1, 0})));
  for (const Quantisation& q :
       {Quantisation{0, 0}, {-1, 0}, {NAN, 0}, {INFINITY, 0}, {1, -1}, {1, 256}, {1e-40f, 0}})
    EXPECT_FALSE(makes(graph_of_i8("quantize", in, Type::kU8, q)));
}

TEST(AddI8, EqualsTheReferenceBitForBit) {
  Random random(5);
  for (int i = 0; i < 40; ++i) {
    const Shape shape{random.between(0, 3), random.between(1, 40), random.between(0, 9),
                      random.between(1, 9)};
    const auto quantisation = [&] {
      return Quantisation{static_cast<float>(random.uniform(0.001, 0.2)),
                          static_cast<int>(random.below(256))};
    };
    const Quantisation qa = quantisation(), qb = quantisation(), qy = quantisation();
    const auto a = bytes_of(shape, random), b = bytes_of(shape, random);
    std::vector<uint8_t> y;
    for (size_t k = 0; k < a.size(); ++k) {
      const float fa = static_cast<float>(double(qa.scale) / qy.scale);
      const float fb = static_cast<float>(double(qb.scale) / qy.scale);
      const float v = std::fma(static_cast<float>(b[k] - qb.zero_point), fb,
                               static_cast<float>(a[k] - qa.zero_point) * fa);
      y.push_back(std::max(stored(v, qy), static_cast<uint8_t>(qy.zero_point)));
    }
    const std::vector<Input> in = {input(shape, qa, Type::kU8, a), input(shape, qb, Type::kU8, b)};
    check_i8(graph_of_i8("add_i8", in, Type::kU8, qy, {{"clamp", {0, 3.4e38}}}), in, y);
  }
}

TEST(AddI8, RefusesOtherShapes) {
  const std::vector<uint8_t> x(6);
  const std::vector<Input> in = {input({2, 3}, {1, 0}, Type::kU8, x),
                                 input({3, 2}, {1, 0}, Type::kU8, x)};
  const Shape shapes[] = {{2, 3}, {3, 2}};
  EXPECT_FALSE(infer(graph_of_i8("add_i8", in, Type::kU8, {1, 0}), shapes).ok());
}

TEST(MaxPool, KeepsTheScale) {
  const std::vector<Input> in = {input({1, 1, 2, 2}, {1, 0}, Type::kU8, std::vector<uint8_t>(4))};
  const std::map<std::string, Attribute, std::less<>> window = {{"kernel", {2, 2}}};
  EXPECT_TRUE(makes(graph_of_i8("max_pool2d", in, Type::kU8, {1, 0}, window)));
  EXPECT_FALSE(makes(graph_of_i8("max_pool2d", in, Type::kU8, {2, 0}, window)));
  EXPECT_FALSE(makes(graph_of_i8("max_pool2d", in, Type::kU8, {1, 7}, window)));
}

TEST(GlobalAvgPoolI8, EqualsTheReference) {
  Random random(8);
  for (int n = 0; n < 30; ++n) {
    const Shape shape{random.below(3), random.between(1, 150), random.between(1, 9),
                      random.between(1, 9)};
    const Quantisation qx{0.1f, static_cast<int>(random.below(256))};
    const Quantisation qy{0.03f, static_cast<int>(random.below(256))};
    const auto x = bytes_of(shape, random);
    std::vector<uint8_t> y;
    const int64_t pixels = shape[2] * shape[3];
    for (int64_t i = 0; i < shape[0]; ++i)
      for (int64_t k = 0; k < shape[1]; ++k) {
        int64_t sum = 0;
        for (int64_t p = 0; p < pixels; ++p)
          sum += x[(i * pixels + p) * shape[1] + k] - qx.zero_point;
        const double steps =
            static_cast<double>(sum) * qx.scale / (double(qy.scale) * static_cast<double>(pixels));
        y.push_back(stored(steps, qy));
      }
    const std::vector<Input> in = {input(shape, qx, Type::kU8, x)};
    check_i8(graph_of_i8("global_avg_pool_i8", in, Type::kU8, qy), in, y);
  }
}

TEST(GlobalAvgPoolI8, RefusesToTakeTheMeanOfNothing) {
  const Shape empty{1, 100, 0, 5};
  const std::vector<Input> in = {input(empty, {1, 0}, Type::kU8, std::vector<uint8_t>())};
  EXPECT_FALSE(infer(graph_of_i8("global_avg_pool_i8", in, Type::kU8, {1, 0}), {{empty}}).ok());
}

}  // namespace
}  // namespace paucal::edge
