#pragma once
// What many shape rules share. Attributes are known to lie within their bounds, shapes to have no
// product of dimensions beyond Shape::kMaxElements; nothing else is known.

#include <optional>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "edge/graph/op.h"
#include "edge/machine/round.h"

namespace paucal::edge {

using Signatures = std::vector<Signature>;

// "x" is [2, 3] of i32, expected rank 4 of f32. Rank -1: any.
inline std::optional<Failure> expect(std::string_view name, const Signature& input, int rank,
                                     Type type = Type::kF32) {
  if (input.type == type && !input.shape.is_absent() && (rank < 0 || input.shape.rank() == rank))
    return std::nullopt;
  return failure("op", "{} is {} of {}, expected {} of {}", name, input.shape.text(),
                 name_of(input.type), rank < 0 ? "any shape" : fmt::format("rank {}", rank),
                 name_of(type));
}

// As expect(), of exactly this shape.
inline std::optional<Failure> expect_shape(std::string_view name, const Signature& input,
                                           const Shape& shape, Type type = Type::kF32) {
  if (input.type == type && input.shape == shape) return std::nullopt;
  return failure("op", "{} is {} of {}, expected {} of {}", name, input.shape.text(),
                 name_of(input.type), shape.text(), name_of(type));
}

// An axis counted from the end where negative, as 0 … rank-1; -1 where there is none.
inline int normal_axis(int64_t axis, int rank) {
  if (axis < 0) axis += rank;
  return axis >= 0 && axis < rank ? static_cast<int>(axis) : -1;
}

// Product of the dimensions begin … end-1.
inline int64_t product(const Shape& shape, int begin, int end) {
  int64_t result = 1;
  for (int d = begin; d < end; ++d) result *= shape[d];
  return result;
}

using Strides = std::array<int64_t, Shape::kMaxRank>;

// Elements between neighbours of each logical dimension as the tensor lies in memory.
inline Strides strides_of(const Shape& shape, Layout layout) {
  Strides strides{};
  if (layout == Layout::kChannelsLast && shape.rank() == 4)
    return {shape[1] * shape[2] * shape[3], 1, shape[3] * shape[1], shape[1]};
  int64_t step = 1;
  for (int d = shape.rank() - 1; d >= 0; --d) {
    strides[static_cast<size_t>(d)] = step;
    step *= shape[d];
  }
  return strides;
}

// Places of a sliding window along one side, `padding` on both ends together; -1 where not even one
// fits.
inline int64_t windows(int64_t in, int64_t kernel, int64_t stride, int64_t padding,
                       int64_t dilation) {
  const int64_t room = in + padding - (dilation * (kernel - 1) + 1);
  return room < 0 ? -1 : room / stride + 1;
}

// The node's input `index` must be constant and not absent: kernels pack it.
inline std::optional<Failure> expect_constant(const Graph& graph, const Node& node, size_t index,
                                              std::string_view name) {
  const int id = node.input(index);
  if (id == Node::kAbsent || graph.value(id).is_constant()) return std::nullopt;
  return failure("op", "{} '{}' is computed, expected a constant", name, graph.value(id).name);
}

}  // namespace paucal::edge
