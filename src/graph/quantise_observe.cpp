#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "edge/runtime/session.h"
#include "graph/quantise.h"

namespace paucal::graph {

Result<Ranges> observe(const edge::Graph& graph,
                       std::span<const std::vector<edge::Tensor>> samples) {
  edge::Graph open = graph;
  for (const edge::Node& node : graph.nodes)
    for (const int id : node.outputs)
      if (graph.value(id).type == edge::Type::kF32 && std::ranges::count(open.outputs, id) == 0)
        open.outputs.push_back(id);
  const std::vector<int> outputs = open.outputs;
  auto model = edge::Model::make({std::move(open), Json::object()});
  if (!model.ok()) return model.failure();
  edge::Session session(*model);

  Ranges ranges(graph.values.size());
  const auto widen = [&](int id, const edge::Tensor& tensor) -> bool {
    Range& range = ranges[static_cast<size_t>(id)];
    range.shape = tensor.shape;
    if (tensor.type != edge::Type::kF32) return true;
    for (const float v :
         std::span(tensor.as<const float>(), static_cast<size_t>(tensor.shape.elements()))) {
      if (!std::isfinite(v)) return false;
      range.low = std::min(range.low, v), range.high = std::max(range.high, v);
    }
    return true;
  };
  for (size_t s = 0; s < samples.size(); ++s) {
    const auto out = session.run(samples[s]);
    if (!out.ok()) return out.failure();
    for (size_t i = 0; i < graph.inputs.size() + outputs.size(); ++i) {
      const bool input = i < graph.inputs.size();
      const int id = input ? graph.inputs[i] : outputs[i - graph.inputs.size()];
      if (!widen(id, input ? samples[s][i] : (*out)[i - graph.inputs.size()]))
        return failure("quantise", "sample {}: value '{}' holds a number that is not finite", s,
                       graph.value(id).name);
    }
  }
  return ranges;
}

}  // namespace paucal::graph
