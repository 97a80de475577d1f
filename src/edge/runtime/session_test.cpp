#include "edge/runtime/session.h"

#include <gtest/gtest.h>

#include <numeric>

namespace paucal::edge {
namespace {

Graph relu_chain(int length) {
  Graph graph;
  int id = graph.add_input("x", Type::kF32, {Shape::kFree, 3});
  for (int i = 0; i < length; ++i) id = graph.add_node("relu", "relu" + std::to_string(i), {id});
  graph.outputs = {id};
  return graph;
}

std::shared_ptr<const Model> model_of(Graph graph) {
  EXPECT_EQ(validate(graph), std::nullopt);
  auto model = Model::make({std::move(graph), Json::object()});
  EXPECT_TRUE(model.ok());
  return *model;
}

TEST(Session, RunsAnySizeOfTheFreeDimension) {
  Session session(model_of(relu_chain(3)));
  for (const int64_t rows : {2, 5, 0, 2, 100'000}) {
    std::vector<float> x(static_cast<size_t>(rows) * 3);
    std::iota(x.begin(), x.end(), -4.f);
    const Tensor input{Type::kF32, Layout::kRows, {rows, 3}, x.data()};
    const auto out = session.run(std::span(&input, 1));
    ASSERT_TRUE(out.ok());
    ASSERT_EQ((*out)[0].shape, (Shape{rows, 3}));
    for (size_t i = 0; i < x.size(); ++i) ASSERT_EQ((*out)[0].as<float>()[i], std::max(0.f, x[i]));
  }
}

TEST(Session, RefusesOtherShapesTypesAndLayouts) {
  Session session(model_of(relu_chain(1)));
  std::vector<float> x(8);
  const Tensor wrong_width{Type::kF32, Layout::kRows, {2, 4}, x.data()};
  EXPECT_EQ(session.run(std::span(&wrong_width, 1)).failure().message,
            "input 'x': [2, 4], expected [?, 3]");
  const Tensor wrong_type{Type::kU8, Layout::kRows, {2, 3}, x.data()};
  EXPECT_FALSE(session.run(std::span(&wrong_type, 1)).ok());
  EXPECT_FALSE(session.run({}).ok());
}

TEST(Session, RefusesMoreMemoryThanAllowed) {
  Session session(model_of(relu_chain(2)), {.threads = 1, .max_bytes = 1 << 20});
  std::vector<float> x(3);
  const Tensor huge{Type::kF32, Layout::kRows, {1 << 24, 3}, x.data()};
  EXPECT_FALSE(session.run(std::span(&huge, 1)).ok());
}

TEST(Plan, SharesMemoryOfChains) {
  const auto model = model_of(relu_chain(10));
  const Shape shape{1000, 3};
  const auto plan = make_plan(*model, std::span(&shape, 1), 1, size_t{1} << 30);
  ASSERT_TRUE(plan.ok());
  EXPECT_EQ(plan->arena_bytes, 12'032u);  // in place all along: one block of 12000, aligned
}

}  // namespace
}  // namespace paucal::edge
