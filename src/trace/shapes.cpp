#include <algorithm>

#include "base/error.h"
#include "trace/ops.h"

namespace paucal::trace {

using edge::Attribute;

int view(Call& call) {
  return call.emit_reshape(call.tensor(0));
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

int permute(Call& call) {
  const int x = call.tensor(0);
  Attribute axes = call.numbers(1);
  for (double& axis : axes)
    if (axis < 0) axis += call.shape(x).rank();
  return permuted(call, x, axes);
}

int transpose(Call& call) {
  const int x = call.tensor(0), rank = call.shape(x).rank();
  Attribute axes = identity(rank);
  std::swap(axes[static_cast<size_t>(call.axis(1, rank))],
            axes[static_cast<size_t>(call.axis(2, rank))]);
  return permuted(call, x, axes);
}

int t(Call& call) {
  const int x = call.tensor(0);
  return call.shape(x).rank() < 2 ? x : permuted(call, x, {1, 0});
}

// input, dim, start, end, step
int slice(Call& call) {
  const int x = call.tensor(0), axis = call.axis(1, call.shape(x).rank());
  const int64_t begin = call.none(2) ? 0 : call.integer(2);
  const Seen ends = call.none(3) ? Seen(call.recordings(), INT64_MAX) : call.sizes(3)[0];
  return sliced(call, x, axis, begin, ends, call.integer(4));
}

// input, dim, index
int select(Call& call) {
  const int x = call.tensor(0), axis = call.axis(1, call.shape(x).rank());
  const int64_t index = call.integer(2);
  const int64_t end = index == -1 ? INT64_MAX : index + 1;
  return call.emit_reshape(sliced(call, x, axis, index, Seen(call.recordings(), end), 1));
}

int cat(Call& call) {
  const std::vector<int> parts = call.tensors(0);
  call.require(!parts.empty(), "of nothing");
  const int axis = call.axis(1, call.shape(parts[0]).rank());
  if (parts.size() == 1) return parts[0];
  return call.emit("concat", parts, {{"axis", {static_cast<double>(axis)}}});
}

// input, pad (last dimension first: begin, end), value; `pad` has the mode before the value
int pad(Call& call) {
  const bool has_mode = call.op() == "pad";
  if (has_mode)
    call.require(call.text(2) == "constant", "mode '" + call.text(2) + "', expected constant");
  const int x = call.tensor(0);
  const auto rank = static_cast<size_t>(call.shape(x).rank());
  const Attribute given = call.numbers(1);
  Attribute begin(rank, 0), end(rank, 0);
  for (size_t i = 0; 2 * i + 1 < given.size(); ++i) {
    begin[rank - 1 - i] = given[2 * i];
    end[rank - 1 - i] = given[2 * i + 1];
  }
  return call.emit(
      "pad", {x},
      {{"begin", begin}, {"end", end}, {"value", {call.number_or(has_mode ? 3 : 2, 0)}}});
}

// Only where it changes nothing: arithmetic broadcasts by itself.
int expand(Call& call) {
  const int x = call.tensor(0);
  const std::vector<Seen> sizes = call.output_sizes();
  bool unchanged = static_cast<int>(sizes.size()) == call.shape(x).rank();
  for (size_t d = 0; unchanged && d < sizes.size(); ++d)
    for (size_t r = 0; r < call.recordings(); ++r)
      unchanged &= sizes[d][r] == call.shape(x, r)[static_cast<int>(d)];
  call.require(unchanged, "repeats elements, which is not supported");
  return x;
}

}  // namespace paucal::trace
