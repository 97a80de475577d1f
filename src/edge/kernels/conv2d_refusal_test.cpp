#include "edge/kernels/test_conv2d.h"

namespace paucal::edge {
namespace {

using namespace testing_conv2d;

// What make() or infer() says of a graph that passes validate().
std::string refusal(Graph graph, const Shape& x) {
  if (auto wrong = validate(graph)) return wrong->message;
  auto model = Model::make({std::move(graph), Json::object()});
  if (!model.ok()) return model.failure().message;
  std::vector<float> data(static_cast<size_t>(std::max<int64_t>(0, x.elements())));
  Session session(*model);
  const Tensor input{Type::kF32, Layout::kChannelsLast, x, data.data()};
  const auto out = session.run(std::span(&input, 1));
  return out.ok() ? "accepted" : out.failure().message;
}

TEST(Conv2d, RefusesHostileGraphs) {
  const Case good{
      .batch = 1, .in = 4, .height = 5, .width = 5, .out = 8, .kernel_h = 3, .kernel_w = 3};
  const Shape x{1, 4, 5, 5};
  const auto base = [&] { return graph_of(good, numbers_for(good)); };
  EXPECT_EQ(refusal(base(), x), "accepted");
  EXPECT_THAT(refusal(base(), {1, 4, 2, 5}), testing::HasSubstr("larger than the padded"));

  const auto with_weight = [&](const Shape& shape) {
    Graph graph = base();
    graph.nodes[0].inputs[1] =
        add_constant(graph, shape, std::vector<float>(static_cast<size_t>(shape.elements())));
    return refusal(std::move(graph), x);
  };
  for (const Shape& shape : {Shape{8, 4, 3}, Shape{}, Shape{0, 4, 3, 3}, Shape{8, 0, 3, 3},
                             Shape{int64_t{1} << 36, 0, 3, 3}, Shape{8, 4, 0, 3}})
    EXPECT_THAT(with_weight(shape), testing::HasSubstr("expected [O, C/groups, kh, kw]"));
  EXPECT_THAT(with_weight({8, 5, 3, 3}), testing::HasSubstr("4 input channels, expected 5"));

  const auto with_bias = [&](const Shape& shape) {
    Graph graph = base();
    graph.nodes[0].inputs[2] =
        add_constant(graph, shape, std::vector<float>(static_cast<size_t>(shape.elements())));
    return refusal(std::move(graph), x);
  };
  for (const Shape& shape : {Shape{7}, Shape{9}, Shape{8, 1}, Shape{0}, Shape{}})
    EXPECT_THAT(with_bias(shape), testing::HasSubstr("expected an f32 constant [8]"));

  Graph groups = base();
  groups.nodes[0].attributes["groups"] = {3};
  EXPECT_THAT(refusal(groups, x), testing::HasSubstr("a multiple of the 3 groups"));
  Graph stride = base();
  stride.nodes[0].attributes["stride"] = {0, 1};
  EXPECT_THAT(refusal(stride, x), testing::HasSubstr("'stride' = 0"));
  Graph rows = base();
  rows.value(rows.inputs[0]).layout = Layout::kRows;
  EXPECT_THAT(refusal(rows, x), testing::HasSubstr("expected channels-last"));
  Graph weight_is_input = base();
  weight_is_input.nodes[0].inputs[1] = weight_is_input.inputs[0];
  EXPECT_THAT(refusal(weight_is_input, x), testing::HasSubstr("expected an f32 constant"));
  Graph residual = base();
  residual.nodes[0].inputs[3] = residual.inputs[0];
  EXPECT_THAT(refusal(residual, x), testing::HasSubstr("a residual of"));
}

}  // namespace
}  // namespace paucal::edge
