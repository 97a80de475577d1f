// The walk over a recording, by the table of graph/op_spec.def.

#include "trace/translate.h"

#include <algorithm>
#include <array>

#include "base/error.h"
#include "trace/ops.h"

namespace paucal::trace {
namespace {

using namespace std::string_view_literals;

struct TranslatorName {
  std::string_view name;  // of libtorch or our own
  Translator translate = nullptr;
};

struct TranslatorRow {
  std::string_view op;  // of the graph
  std::array<TranslatorName, 12> names = {};
};

#define ATEN(name, translate) {#name, translate},
#define NO_ATEN(why)
#define SPEC(op, onnx, aten) {#op, {{aten}}},
#define ONNX_ONLY(type, read)
#define ATEN_ONLY(name, translate) {"", {{{#name, translate}}}},
constexpr TranslatorRow kTable[] = {
#include "graph/op_spec.def"
};
#undef ATEN
#undef NO_ATEN
#undef SPEC
#undef ONNX_ONLY
#undef ATEN_ONLY

struct Found {
  std::string_view op;
  Translator translate = nullptr;
};

Found find_translator(std::string_view name) {
  for (const TranslatorRow& row : kTable)
    for (const TranslatorName& known : row.names)
      if (known.translate && known.name == name) return {row.op, known.translate};
  return {};
}

}  // namespace

std::vector<std::string> traceable_ops() {
  std::vector<std::string> names;
  for (const TranslatorRow& row : kTable)
    for (const TranslatorName& known : row.names)
      if (known.translate) names.emplace_back(known.name);
  std::ranges::sort(names);
  return names;
}

void translate_node(Translation& translation, size_t index) {
  const torch::jit::Node& node = *translation.recordings[0].nodes[index];
  // Constants, and lists of them, are read by the nodes that use them.
  if (node.kind().is_prim()) return;
  Call call(translation, index);
  const Found found = find_translator(call.op());
  const bool known = node.kind().is_aten() || node.kind().ns().toUnqualString() == "paucal"sv;
  if (!known || !found.translate)
    call.refuse(fmt::format("not supported; supported are {}", fmt::join(traceable_ops(), ", ")));
  const int id = found.translate(call, found.op);

  const std::vector<Seen> expected = call.output_sizes();
  for (size_t r = 0; r < call.recordings(); ++r) {
    const edge::Shape& shape = call.shape(id, r);
    // A single number is a vector of one element here; one that fills a tensor is broadcast later.
    bool same = expected.empty() ? shape.elements() == 1
                                 : shape.rank() == static_cast<int>(expected.size());
    if (call.graph().value(id).is_constant() && shape == edge::Shape{1}) continue;
    for (size_t d = 0; same && d < expected.size(); ++d)
      same = shape[static_cast<int>(d)] == expected[d][r];
    if (!same)
      call.refuse(fmt::format("the graph gives {}, another shape than libtorch", shape.text()));
  }
  const auto& first = translation.recordings[0];
  translation.of_number[first.numbers.at(node.output(0))] = id;
}

}  // namespace paucal::trace
