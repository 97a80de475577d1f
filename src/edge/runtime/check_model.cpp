#include "edge/runtime/check_model.h"

#include <algorithm>
#include <set>

#include "base/error.h"
#include "edge/graph/op.h"
#include "edge/machine/round.h"

namespace paucal::edge {
namespace {

using Outputs = std::span<const Signature>;
struct Canvas {
  int64_t width = 0, height = 0;
};

std::optional<Failure> check_card(const ModelCard& card) {
  const Calibration& c = card.calibration;
  if (!(c.heat_low < c.heat_high))
    return failure("model", "heat_low {} and heat_high {}, expected a smaller and a larger one",
                   c.heat_low, c.heat_high);
  const auto [width, height] = passing_size(1, 1, card.input);
  if (int64_t{width} * height > card.max_pixels)
    return failure("model", "input.roi or input.ignore of images of {} × {}, more than {} pixels",
                   width, height, card.max_pixels);
  std::set<std::string_view> names;
  for (const std::string& name : card.classes)
    if (!names.insert(name).second)
      return failure("model", "two classes '{}', expected different names", name);
  if (card.detector && card.detector->classes != card.box_classes())
    return failure("model", "a detector of {} classes, expected {} as the card has",
                   card.detector->classes, card.box_classes());
  return std::nullopt;
}

std::optional<Failure> check_input(const ModelCard& card, const Value& input) {
  const int64_t channels = network_channels(card.input);
  const Shape& shape = input.shape;
  const auto may_be = [&](int d, int64_t size) {
    return shape[d] == Shape::kFree || shape[d] == size;
  };
  if (input.type == Type::kF32 && shape.rank() == 4 && may_be(0, 1) && shape[1] == channels)
    return std::nullopt;
  return failure("model",
                 "input '{}' {} {}, expected f32 [?, {}, ?, ?] as the pre-processing makes",
                 input.name, name_of(input.type), shape.text(), channels);
}

// Class maps, then the outputs of the detector.
size_t output_count(const ModelCard& card) {
  if (!card.detector) return 1;
  return card.detector->weighs_regions() ? 4 : 1 + 2 * card.detector->strides.size();
}

std::optional<Failure> check_ends(const ModelCard& card, const Graph& graph) {
  const size_t outputs = output_count(card);
  if (graph.inputs.size() != 1 || graph.outputs.size() != outputs)
    return failure("model", "{} inputs and {} outputs, expected 1 and {}", graph.inputs.size(),
                   graph.outputs.size(), outputs);
  if (auto wrong = check_input(card, graph.value(graph.inputs[0]))) return wrong;
  for (const int id : graph.outputs) {
    const Value& value = graph.value(id);
    if (value.type != Type::kF32 || value.layout != Layout::kRows)
      return failure("model", "output '{}' {}{}, expected f32, row-major", value.name,
                     name_of(value.type), value.layout == Layout::kRows ? "" : ", channels-last");
  }
  return std::nullopt;
}

// A canvas that the model must be able to take: the exact one, a tile, or a middling image's.
Canvas canvas_for(const ModelCard& card, const Shape& input) {
  constexpr int64_t kMiddling = 512;
  const PreprocessOptions& o = card.input;
  Canvas canvas{o.width, o.height};
  if (o.fit == Fit::kNative) {
    const int64_t grid = std::max(1, o.multiple);
    const auto side = [&](int limit) {
      return ceil_div(o.tile > 0 ? o.tile : std::min<int64_t>(limit, kMiddling), grid) * grid;
    };
    canvas = {input[3] == Shape::kFree ? side(o.width) : input[3],
              input[2] == Shape::kFree ? side(o.height) : input[2]};
  }
  return canvas;
}

Failure wrong_output(std::string_view what, const Signature& found, const Canvas& canvas,
                     const std::string& expected) {
  return failure("model", "{} {} for a canvas of {} × {}, expected {}", what, found.shape.text(),
                 canvas.width, canvas.height, expected);
}

std::optional<Failure> check_maps(const ModelCard& card, const Signature& maps,
                                  const Canvas& canvas) {
  const int64_t up = card.upscale, channels = card.channels() * up * up;
  const Shape& s = maps.shape;
  if (s.rank() != 4 || s[0] != 1 || s[1] != channels || s[2] < 1 || s[3] < 1 ||
      s[2] * up > canvas.height || s[3] * up > canvas.width)
    return wrong_output("class maps of", maps, canvas,
                        fmt::format("[1, {}, height, width] that fit it", channels));
  if (card.input.tile == 0) return std::nullopt;
  const int64_t grid = std::max(1, card.input.multiple);
  for (const auto& [side, cells] :
       {std::pair{canvas.width, s[3] * up}, std::pair{canvas.height, s[2] * up}})
    if (side % cells != 0 || grid % (side / cells) != 0)
      return wrong_output("class maps of", maps, canvas,
                          fmt::format("cells that divide the tiles' grid of {} px", grid));
  return std::nullopt;
}

// Logits [1, A · K, h, w] and deltas [1, A · 4, h, w] of each level, whose cells cover the canvas.
std::optional<Failure> check_levels(const DetectorCard& detector, Outputs outputs,
                                    const Canvas& canvas) {
  const int64_t anchors = detector.anchors.per_cell();
  for (size_t i = 0; i < detector.strides.size(); ++i) {
    const int64_t stride = detector.strides[i];
    const Shape &logits = outputs[2 * i].shape, &deltas = outputs[2 * i + 1].shape;
    // Networks round up or down.
    const auto covers = [&](int64_t cells, int64_t side) {
      return cells >= 1 && (cells - 1) * stride < side && (cells + 1) * stride > side;
    };
    if (logits.rank() != 4 || !covers(logits[3], canvas.width) ||
        !covers(logits[2], canvas.height) ||
        logits != Shape{1, anchors * detector.classes, logits[2], logits[3]})
      return wrong_output(
          "logits of", outputs[2 * i], canvas,
          fmt::format("[1, {}, height, width] of stride {}", anchors * detector.classes, stride));
    if (deltas != Shape{1, anchors * 4, logits[2], logits[3]})
      return wrong_output("deltas of", outputs[2 * i + 1], canvas,
                          fmt::format("[1, {}, {}, {}]", anchors * 4, logits[2], logits[3]));
  }
  return std::nullopt;
}

std::optional<Failure> check_regions(const DetectorCard& detector, Outputs outputs,
                                     const Canvas& canvas) {
  constexpr std::string_view kNames[] = {"regions of", "deltas of", "probabilities of"};
  const int64_t columns[] = {5, 4, detector.classes};
  const int64_t count = outputs[0].shape.rank() == 2 ? outputs[0].shape[0] : 0;
  for (size_t i = 0; i < std::size(columns); ++i)
    if (outputs[i].shape != Shape{count, columns[i]})
      return wrong_output(kNames[i], outputs[i], canvas, fmt::format("[regions, {}]", columns[i]));
  return std::nullopt;
}

std::optional<Failure> check_proposals(const Graph& graph, const Canvas& canvas) {
  const auto largest = static_cast<double>(std::max(canvas.width, canvas.height));
  for (const Node& node : graph.nodes)
    if (node.op->name == "propose_regions" && node.number("min_side", 1) > largest)
      return failure("model", "node '{}': regions of at least {} px on a canvas of {} × {}",
                     node.name, node.number("min_side", 1), canvas.width, canvas.height);
  return std::nullopt;
}

std::optional<Failure> check_sizes(const ModelCard& card, const Graph& graph) {
  const Shape& input = graph.value(graph.inputs[0]).shape;
  const Canvas canvas = canvas_for(card, input);
  const Shape shape{1, input[1], canvas.height, canvas.width};
  const auto all = infer(graph, std::span(&shape, 1));
  if (!all.ok())
    return failure("model", "a canvas of {} × {}: {}", canvas.width, canvas.height,
                   all.failure().message);
  std::vector<Signature> outputs;
  for (const int id : graph.outputs) outputs.push_back((*all)[static_cast<size_t>(id)]);
  if (auto wrong = check_maps(card, outputs[0], canvas)) return wrong;
  if (auto wrong = check_proposals(graph, canvas)) return wrong;
  if (!card.detector) return std::nullopt;
  const Outputs rest = Outputs(outputs).subspan(1);
  return card.detector->weighs_regions() ? check_regions(*card.detector, rest, canvas)
                                         : check_levels(*card.detector, rest, canvas);
}

}  // namespace

std::optional<Failure> check(const ModelCard& card, const Graph& graph) {
  if (auto wrong = check_card(card)) return wrong;
  if (auto wrong = check_ends(card, graph)) return wrong;
  return check_sizes(card, graph);
}

}  // namespace paucal::edge
