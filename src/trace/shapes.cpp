#include <algorithm>

#include "base/error.h"
#include "trace/ops.h"

namespace paucal::trace {

using edge::Attribute;

int view(Call& call, std::string_view) {
  return call.emit_reshape(call.x());
}

namespace {

int permuted(Call& call, int x, const Attribute& axes) {
  return call.emit("permute", {x}, {{"axes", axes}});
}

Attribute identity(int rank) {
  Attribute axes;
  for (int d = 0; d < rank; ++d) axes.push_back(d);
  return axes;
}

// Positions in a dimension of `sizes`; whatever reaches its end at every size means its end.
int sliced(Call& call, int x, int axis, int64_t begin, const Seen& ends, int64_t step) {
  constexpr double kToTheEnd = static_cast<double>(edge::Shape::kMaxElements);
  bool all = true;
  for (size_t r = 0; r < call.recordings(); ++r) all &= ends[r] >= call.shape(x, r)[axis];
  call.require(all || constant(ends), fmt::format("the end of the slice depends on the size of "
                                                  "the input: {}",
                                                  fmt::join(ends, ", ")));
  if (all && begin == 0 && step == 1) return x;
  return call.emit("slice", {x},
                   {{"axis", {static_cast<double>(axis)}},
                    {"begin", {static_cast<double>(begin)}},
                    {"end", {all ? kToTheEnd : static_cast<double>(ends[0])}},
                    {"step", {static_cast<double>(step)}}});
}

}  // namespace

int permute(Call& call, std::string_view) {
  const int x = call.x();
  Attribute axes = call.numbers("dims");
  for (double& axis : axes)
    if (axis < 0) axis += call.shape(x).rank();
  return permuted(call, x, axes);
}

int transpose(Call& call, std::string_view) {
  const int x = call.x(), rank = call.shape(x).rank();
  Attribute axes = identity(rank);
  std::swap(axes[static_cast<size_t>(call.axis("dim0", rank))],
            axes[static_cast<size_t>(call.axis("dim1", rank))]);
  return permuted(call, x, axes);
}

int t(Call& call, std::string_view) {
  const int x = call.x();
  return call.shape(x).rank() < 2 ? x : permuted(call, x, {1, 0});
}

int slice(Call& call, std::string_view) {
  const int x = call.x(), axis = call.axis("dim", call.shape(x).rank());
  const int64_t begin = call.none("start") ? 0 : call.integer("start");
  const Seen ends = call.none("end") ? Seen(call.recordings(), INT64_MAX) : call.sizes("end")[0];
  return sliced(call, x, axis, begin, ends, call.integer("step"));
}

int select(Call& call, std::string_view) {
  const int x = call.x(), axis = call.axis("dim", call.shape(x).rank());
  const int64_t index = call.integer("index");
  const int64_t end = index == -1 ? INT64_MAX : index + 1;
  return call.emit_reshape(sliced(call, x, axis, index, Seen(call.recordings(), end), 1));
}

int cat(Call& call, std::string_view op) {
  const std::vector<int> parts = call.tensors("tensors");
  call.require(!parts.empty(), "of nothing");
  const int axis = call.axis("dim", call.shape(parts[0]).rank());
  if (parts.size() == 1) return parts[0];
  return call.emit(op, parts, {{"axis", {static_cast<double>(axis)}}});
}

// `pad` lists begin and end, the last dimension first.
int pad(Call& call, std::string_view op) {
  if (call.has("mode"))
    call.require(call.text("mode") == "constant",
                 "mode '" + call.text("mode") + "', expected constant");
  const int x = call.x();
  const auto rank = static_cast<size_t>(call.shape(x).rank());
  const Attribute given = call.numbers("pad");
  Attribute begin(rank, 0), end(rank, 0);
  for (size_t i = 0; 2 * i + 1 < given.size(); ++i) {
    begin[rank - 1 - i] = given[2 * i];
    end[rank - 1 - i] = given[2 * i + 1];
  }
  return call.emit(op, {x},
                   {{"begin", begin}, {"end", end}, {"value", {call.number_or("value", 0)}}});
}

// Only where it changes nothing: arithmetic broadcasts by itself.
int expand(Call& call, std::string_view) {
  const int x = call.x();
  const std::vector<Seen> sizes = call.output_sizes();
  bool unchanged = static_cast<int>(sizes.size()) == call.shape(x).rank();
  for (size_t d = 0; unchanged && d < sizes.size(); ++d)
    for (size_t r = 0; r < call.recordings(); ++r)
      unchanged &= sizes[d][r] == call.shape(x, r)[static_cast<int>(d)];
  call.require(unchanged, "repeats elements, which is not supported");
  return x;
}

}  // namespace paucal::trace
