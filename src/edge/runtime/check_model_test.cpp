#include "edge/runtime/check_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "edge/api/test_model.h"
#include "edge/runtime/predictor.h"

namespace paucal::edge {
namespace {

using testing::HasSubstr;

struct Parts {
  ModelCard card;
  Graph graph;
};

Parts spot_parts() {
  ModelFile file = bright_spot_model();
  return {*card_from_json(file.card), std::move(file.graph)};
}

int constant_of(Graph& graph, const Shape& shape, float value) {
  const std::vector<float> values(static_cast<size_t>(shape.elements()), value);
  return graph.add_constant("constant", Type::kF32, shape, std::as_bytes(std::span(values)));
}

// Of stride 1: the image is the class map and the logits, and four times the deltas.
Parts dense_parts() {
  Parts parts = spot_parts();
  parts.card.detector = DetectorCard{.classes = 1, .strides = {1}, .anchors = {}, .nms = {}};
  const int x = parts.graph.inputs[0];
  const int deltas = parts.graph.add_node("concat", "deltas", {x, x, x, x}, {{"axis", {1}}});
  const int logits = parts.graph.add_node("relu", "logits", {x});
  parts.graph.outputs.insert(parts.graph.outputs.end(), {logits, deltas});
  return parts;
}

Parts region_parts(double min_side = 2) {
  Parts parts = spot_parts();
  parts.card.detector = DetectorCard{.classes = 1, .strides = {}, .anchors = {}, .nms = {}};
  Graph& graph = parts.graph;
  const int rois = graph.add_node("propose_regions", "rois", {graph.outputs[0]},
                                  {{"stride", {1}}, {"count", {5}}, {"min_side", {min_side}}});
  const int deltas = graph.add_node("linear", "deltas", {rois, constant_of(graph, {4, 5}, 0)});
  const int all = graph.add_node("linear", "logits", {rois, constant_of(graph, {1, 5}, .1f)});
  graph.outputs.insert(graph.outputs.end(),
                       {rois, deltas, graph.add_node("sigmoid", "probabilities", {all})});
  return parts;
}

std::string wrong_with(const Parts& parts) {
  const auto wrong = check(parts.card, parts.graph);
  return wrong ? wrong->message : "";
}

Result<Prediction> predict(const Parts& parts) {
  auto model = Model::make({parts.graph, to_json(parts.card)});
  if (!model.ok()) return model.failure();
  auto predictor = Predictor::make(*model);
  if (!predictor.ok()) return predictor.failure();
  return (*predictor)->predict(Image(16, 12, 1, 200));
}

TEST(CheckModel, TakesWhatAgrees) {
  for (const Parts& parts : {spot_parts(), dense_parts(), region_parts()}) {
    EXPECT_EQ(wrong_with(parts), "");
    const auto prediction = predict(parts);
    EXPECT_TRUE(prediction.ok()) << prediction.failure().message;
  }
}

// Boxes of a class that the card lacks would read beyond its names.
TEST(CheckModel, TiesTheDetectorsClassesToTheCards) {
  Parts parts = dense_parts();
  parts.card.detector->classes = 2;
  EXPECT_EQ(wrong_with(parts), "a detector of 2 classes, expected 1 as the card has");
  parts.card.detector->classes = 1;
  parts.card.task = Task::kClassification;
  EXPECT_EQ(wrong_with(parts), "a detector of 1 classes, expected 2 as the card has");

  parts = dense_parts();
  Graph& graph = parts.graph;
  const int many =
      graph.add_node("concat", "many", std::vector<int>(50, graph.inputs[0]), {{"axis", {1}}});
  graph.outputs[0] =
      graph.add_node("concat", "two", {graph.inputs[0], graph.inputs[0]}, {{"axis", {1}}});
  graph.outputs[1] = many;
  parts.card.task = Task::kClassification;
  parts.card.detector->classes = 50;
  EXPECT_THAT(predict(parts).failure().message, HasSubstr("a detector of 50 classes, expected 2"));
}

TEST(CheckModel, WantsHeatToRise) {
  Parts parts = spot_parts();
  for (const double low : {4., 5., 1e30}) {
    parts.card.calibration.heat_low = low;
    EXPECT_THAT(wrong_with(parts), HasSubstr("expected a smaller and a larger one"));
  }
}

TEST(CheckModel, WantsDifferentNames) {
  Parts parts = spot_parts();
  parts.card.classes[1] = "OK";
  EXPECT_EQ(wrong_with(parts), "two classes 'OK', expected different names");
}

TEST(CheckModel, WantsOneImageInAndWhatTheCardReadsOut) {
  Parts parts = spot_parts();
  parts.graph.outputs.push_back(parts.graph.outputs[0]);
  EXPECT_EQ(wrong_with(parts), "1 inputs and 2 outputs, expected 1 and 1");
  parts = spot_parts();
  parts.card.input.channels = 3;
  EXPECT_THAT(wrong_with(parts), HasSubstr("expected f32 [?, 3, ?, ?]"));
  parts = spot_parts();
  parts.graph.value(parts.graph.inputs[0]).shape[0] = 2;
  EXPECT_THAT(wrong_with(parts), HasSubstr("input 'image' f32 [2, 1, ?, ?]"));
  parts = spot_parts();
  parts.card.input.fit = Fit::kSquash;
  parts.graph.value(parts.graph.inputs[0]).shape[3] = 100;
  EXPECT_THAT(wrong_with(parts), HasSubstr("a canvas of 512 × 512"));
  parts = spot_parts();
  parts.card.classes.push_back("scratch");
  parts.card.class_is_ok.push_back(false);
  EXPECT_THAT(wrong_with(parts), HasSubstr("expected [1, 3, height, width]"));
  parts = spot_parts();
  parts.card.upscale = 2;
  EXPECT_THAT(wrong_with(parts), HasSubstr("expected [1, 4, height, width]"));
}

TEST(CheckModel, WantsLevelsThatFitTheirStrides) {
  Parts parts = dense_parts();
  parts.card.detector->strides = {2};
  EXPECT_THAT(wrong_with(parts), HasSubstr("of stride 2"));
  parts = dense_parts();
  parts.card.detector->strides = {1, 2};
  EXPECT_THAT(wrong_with(parts), HasSubstr("3 outputs, expected 1 and 5"));
  parts = dense_parts();
  parts.card.detector->anchors.sizes = {4, 8};
  EXPECT_THAT(wrong_with(parts), HasSubstr("logits of [1, 1, 512, 512]"));
  parts = dense_parts();
  parts.graph.outputs[2] = parts.graph.outputs[1];
  EXPECT_THAT(wrong_with(parts), HasSubstr("deltas of [1, 1, 512, 512]"));
}

TEST(CheckModel, WantsRegionsThatFitTheCanvas) {
  EXPECT_THAT(wrong_with(region_parts(1e4)), HasSubstr("regions of at least 10000 px"));
  Parts parts = region_parts();
  std::swap(parts.graph.outputs[1], parts.graph.outputs[2]);
  EXPECT_THAT(wrong_with(parts), HasSubstr("regions of [5, 4]"));
}

TEST(CheckModel, WantsTilesThatBeginAtCells) {
  Parts parts = spot_parts();
  parts.card.input.multiple = 8;
  parts.card.input.tile = 64;
  parts.card.input.tile_overlap = 8;
  EXPECT_EQ(wrong_with(parts), "");
  const int x = parts.graph.outputs[0];
  parts.graph.outputs = {parts.graph.add_node(
      "slice", "shorter", {x}, {{"axis", {3}}, {"begin", {0}}, {"end", {40}}, {"step", {1}}})};
  EXPECT_THAT(wrong_with(parts), HasSubstr("cells that divide the tiles' grid of 8 px"));
}

// A copy of a copy's pixel, and no tile doubtful: what remains is a tile seen in full.
TEST(CheckModel, TakesAnyLookAtASmallerCopyThatACardMayHold) {
  Parts parts = spot_parts();
  parts.card.input.multiple = 8;
  parts.card.input.tile = 8;
  parts.card.input.tile_overlap = 0;
  for (const int shrink : {1, 3, 16})
    for (const double bound : {-1e30, 0., 1e30})
      for (const double join : {0., 1e6}) {
        parts.card.calibration.box_join = join;
        parts.card.coarse = CoarseLook{.shrink = shrink, .bound = bound};
        auto model = Model::make({parts.graph, to_json(parts.card)});
        auto predictor = Predictor::make(*model, {.threads = 2});
        ASSERT_TRUE(predictor.ok()) << predictor.failure().message;
        const auto prediction = (*predictor)->predict(Image(41, 23, 1, 200));
        ASSERT_TRUE(prediction.ok()) << prediction.failure().message;
        EXPECT_TRUE(prediction->ng);
      }
}

// Damaged weights of a box head leave no box at all, or boxes anywhere.
TEST(CheckModel, LogitsDeltasAndProbabilitiesMustBeFinite) {
  for (const float bad :
       {std::numeric_limits<float>::quiet_NaN(), -std::numeric_limits<float>::infinity()})
    for (const bool dense : {true, false})
      for (const size_t output : {size_t{1}, size_t{2}, size_t{3}}) {
        Parts parts = dense ? dense_parts() : region_parts();
        if (output >= parts.graph.outputs.size()) continue;
        Graph& graph = parts.graph;
        graph.outputs[output] =
            graph.add_node("add", "damaged", {graph.outputs[output], constant_of(graph, {1}, bad)});
        EXPECT_THAT(predict(parts).failure().message, HasSubstr("'damaged' holds")) << output;
      }
}

// What one file may ask for stays within the session's memory.
TEST(CheckModel, RefusesACanvasBeyondTheSessionsMemory) {
  Parts parts = spot_parts();
  parts.card.input.fit = Fit::kSquash;
  parts.card.input.width = parts.card.input.height = 16384;
  auto model = Model::make({parts.graph, to_json(parts.card)});
  auto predictor = Predictor::make(*model, {.threads = 1, .max_bytes = size_t{1} << 20});
  ASSERT_TRUE(predictor.ok()) << predictor.failure().message;
  EXPECT_THAT((*predictor)->predict(Image(8, 8, 1)).failure().message,
              HasSubstr("a canvas of 16384 × 16384 × 1 floats, expected at most 1 MB"));
}

}  // namespace
}  // namespace paucal::edge
