#include "graph/op_spec.h"

#include <algorithm>

#include "graph/onnx.h"
#include "graph/onnx_read_ops.h"
#include "graph/onnx_write_ops.h"

namespace paucal::graph {
namespace {

#define ONNX(type, write, read, ...) \
  type, write, read, {               \
    { __VA_ARGS__ }                  \
  }
#define WRITTEN(type, write) type, write
#define NO_ONNX(why) "", nullptr, nullptr, {}, why
#define INT(ours, our_default, onnx, onnx_default) \
  { OnnxField::kInt, ours, onnx, our_default, onnx_default }
#define FLOAT(ours, our_default, onnx, onnx_default) \
  { OnnxField::kFloat, ours, onnx, our_default, onnx_default }
#define INTS(ours, onnx) \
  { OnnxField::kInts, ours, onnx }
#define ATEN(name, translate) #name " "
#define NO_ATEN(why) "", why

constexpr OpSpec kSpecs[] = {
#define SPEC(op, onnx, aten) {{#op, onnx}, aten},
#define ONNX_ONLY(type, read)
#define ATEN_ONLY(name, translate)
#include "graph/op_spec.def"
#undef SPEC
#undef ONNX_ONLY
};

constexpr OnnxSpec kReadOnly[] = {
#define SPEC(op, onnx, aten)
#define ONNX_ONLY(type, read) {"", type, nullptr, read},
#include "graph/op_spec.def"
#undef ONNX_ONLY
#undef ATEN_ONLY
};

constexpr std::string_view kAtenOnly[] = {
#define ONNX_ONLY(type, read)
#define ATEN_ONLY(name, translate) #name,
#include "graph/op_spec.def"
#undef SPEC
#undef ONNX_ONLY
#undef ATEN_ONLY
};

#undef ONNX
#undef WRITTEN
#undef NO_ONNX
#undef INT
#undef FLOAT
#undef INTS
#undef ATEN
#undef NO_ATEN

constexpr std::string_view kOps[] = {
#define OP(name) #name,
#include "edge/graph/ops.def"
#undef OP
};
static_assert(std::ranges::equal(kSpecs, kOps, {}, &OpSpec::op),
              "op_spec.def has one row for each op of ops.def, in its order");

constexpr bool says_all(const OpSpec& spec) {
  return (spec.onnx.write != nullptr) == spec.onnx.lacks.empty() &&
         spec.aten.empty() != spec.aten_lacks.empty();
}
static_assert(std::ranges::all_of(kSpecs, says_all));

}  // namespace

std::vector<std::string_view> OpSpec::aten_names() const {
  std::vector<std::string_view> names;
  for (std::string_view rest = aten; !rest.empty();) {
    const size_t end = rest.find(' ');
    names.push_back(rest.substr(0, end));
    rest.remove_prefix(end + 1);
  }
  return names;
}

std::span<const OpSpec> op_specs() {
  return kSpecs;
}

const OpSpec* find_spec(std::string_view op) {
  const auto found = std::ranges::find(kSpecs, op, &OpSpec::op);
  return found == std::end(kSpecs) ? nullptr : found;
}

const OnnxSpec* find_onnx_reader(std::string_view op_type) {
  for (const OpSpec& spec : kSpecs)
    if (spec.onnx.read && spec.onnx.type == op_type) return &spec.onnx;
  const auto found = std::ranges::find(kReadOnly, op_type, &OnnxSpec::type);
  return found == std::end(kReadOnly) ? nullptr : found;
}

std::vector<std::string_view> onnx_types_without_op() {
  std::vector<std::string_view> types;
  for (const OnnxSpec& spec : kReadOnly) types.push_back(spec.type);
  return types;
}

std::vector<std::string_view> aten_names_without_op() {
  return {std::begin(kAtenOnly), std::end(kAtenOnly)};
}

std::vector<std::string_view> onnx_ops() {
  std::vector<std::string_view> types = onnx_types_without_op();
  for (const OpSpec& spec : kSpecs)
    if (spec.onnx.read) types.push_back(spec.onnx.type);
  std::ranges::sort(types);
  const auto again = std::ranges::unique(types);
  types.erase(again.begin(), again.end());
  return types;
}

}  // namespace paucal::graph
