// Ops on shapes, as PyTorch's exporter writes x.view(x.shape[0], -1) or interpolate(x,
// size=y.shape[2:]): Shape → Slice or Gather → Unsqueeze → Concat. They are followed here and leave
// no node behind.

#include "graph/onnx_read_ops.h"

namespace paucal::graph {
namespace {

constexpr int64_t kMaxRank = edge::Shape::kMaxRank;

Operand operand_of(std::vector<Size> sizes) {
  Operand operand;
  operand.is_sizes = true;
  operand.sizes = std::move(sizes);
  return operand;
}

// Dimension `i` of what Shape gave, or number i of a list.
Size pick(OnnxReader& r, const Operand& from, int64_t i) {
  if (from.whole && i >= 0 && i < kMaxRank) return {0, from.sizes[0].value, static_cast<int>(i)};
  const auto count = static_cast<int64_t>(from.sizes.size());
  if (!from.whole && i < 0) i += count;
  if (from.whole || i < 0 || i >= count)
    r.refuse("picks number {} of a shape, expected 0 to {}", i, from.whole ? kMaxRank - 1 : count);
  return from.sizes[static_cast<size_t>(i)];
}

}  // namespace

void read_shape(OnnxReader& r, const OnnxSpec&) {
  if (r.has("start") || r.has("end")) r.refuse("a part of a shape, expected the whole");
  Operand operand = operand_of({{0, r.input(0), 0}});
  operand.whole = true;
  r.define(std::move(operand));
}

void read_sizes_gather(OnnxReader& r) {
  const Operand from = r.operand(0);
  std::vector<Size> sizes;
  const std::vector<int64_t> indices = r.ints(1);
  if (indices.size() > static_cast<size_t>(kMaxRank))
    r.refuse("a shape of more than {} dimensions", kMaxRank);
  for (const int64_t i : indices) sizes.push_back(pick(r, from, i));
  r.define(operand_of(std::move(sizes)));
}

void read_sizes_slice(OnnxReader& r) {
  const Operand from = r.operand(0);
  const auto begin = r.ints(1), end = r.ints(2);
  const auto step = r.has_input(4) ? r.ints(4) : std::vector<int64_t>{1};
  if (begin.size() != 1 || end.size() != 1 || step.size() != 1 || step[0] != 1)
    r.refuse("cuts a shape in steps, expected one begin and one end");
  const auto count = static_cast<int64_t>(from.sizes.size());
  const int64_t last = from.whole ? end[0] : std::min(end[0] < 0 ? end[0] + count : end[0], count);
  const int64_t first = from.whole || begin[0] >= 0 ? begin[0] : begin[0] + count;
  if (last > kMaxRank || last < 0 || first < 0)
    r.refuse("cuts {} to {} of a shape whose rank is unknown", begin[0], end[0]);
  std::vector<Size> sizes;
  for (int64_t i = first; i < last; ++i) sizes.push_back(pick(r, from, i));
  r.define(operand_of(std::move(sizes)));
}

void read_sizes_concat(OnnxReader& r) {
  std::vector<Size> sizes;
  for (int i = 0; i < r.inputs(); ++i) {
    const auto more = r.sizes(i);
    sizes.insert(sizes.end(), more.begin(), more.end());
    if (sizes.size() > static_cast<size_t>(kMaxRank))
      r.refuse("a shape of more than {} dimensions", kMaxRank);
  }
  r.define(operand_of(std::move(sizes)));
}

void read_sizes_alias(OnnxReader& r, const OnnxSpec&) {
  if (!r.operand(0).is_sizes) r.refuse("expected only on computed shapes");
  r.define(Operand(r.operand(0)));
}

void read_reshape(OnnxReader& r, const OnnxSpec& spec) {
  const int x = r.input(0);
  const std::vector<Size> sizes = r.sizes(1);
  edge::Attribute shape;
  bool free = false;
  for (size_t i = 0; i < sizes.size(); ++i) {
    const Size& size = sizes[i];
    if (size.value == x && size.dimension == static_cast<int>(i)) {
      shape.push_back(0);
      continue;
    }
    if (size.value >= 0 || size.number == -1) {
      if (free) r.refuse("two computed sizes, expected at most one beside those of the input");
      free = true;
      shape.push_back(-1);
      continue;
    }
    if (size.number == 0 && r.integer("allowzero", 0) != 0)
      r.refuse("a dimension of size 0, expected at least 1");
    shape.push_back(static_cast<double>(size.number));
  }
  r.define(r.add(spec.op, {x}, {{"shape", shape}}));
}

void read_resize(OnnxReader& r, const OnnxSpec&) {
  const int x = r.input(0);
  const std::string mode = r.text("mode", "nearest");
  const std::string from = r.text("coordinate_transformation_mode", "half_pixel");
  const bool nearest = mode == "nearest";
  const bool half = from == "half_pixel" || from == "pytorch_half_pixel";
  const bool known =
      nearest ? from == "asymmetric" && r.text("nearest_mode", "round_prefer_floor") == "floor"
              : mode == "linear" && (half || from == "align_corners");
  if (!known || r.integer("antialias", 0) != 0 || r.has("axes"))
    r.refuse(
        "mode {} with {} coordinates, expected nearest (asymmetric, floor) or linear "
        "(half_pixel, align_corners), of all axes, without antialiasing",
        mode, from);
  std::vector<int> inputs{x};
  std::map<std::string, edge::Attribute, std::less<>> attributes;
  if (r.has_input(3)) {
    const std::vector<Size> sizes = r.sizes(3);
    if (sizes.size() != 4) r.refuse("{} sizes, expected 4", sizes.size());
    const Size &h = sizes[2], &w = sizes[3];
    if (h.value < 0 && w.value < 0)
      attributes["size"] = {static_cast<double>(h.number), static_cast<double>(w.number)};
    else if (h.value == w.value && h.dimension == 2 && w.dimension == 3)
      inputs.push_back(h.value);
    else
      r.refuse("sizes of several values, expected height and width of one");
  } else {
    const std::vector<float> scales = r.floats(2);
    if (scales.size() != 4 || scales[0] != 1 || scales[1] != 1)
      r.refuse("scales {}, expected [1, 1, y, x]", fmt::join(scales, ", "));
    attributes["scale"] = {scales[2], scales[3]};
  }
  if (!nearest) attributes["align_corners"] = {half ? 0. : 1.};
  r.define(r.add(nearest ? "resize_nearest" : "resize_bilinear", inputs, attributes));
}

}  // namespace paucal::graph
