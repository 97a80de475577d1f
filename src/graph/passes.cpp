#include "graph/passes.h"

#include <algorithm>
#include <chrono>

#include "base/error.h"
#include "base/options.h"
#include "graph/dead_code.h"
#include "graph/edit.h"
#include "graph/fold_bn.h"
#include "graph/fold_constants.h"
#include "graph/fold_pad.h"
#include "graph/fuse_branches.h"
#include "graph/fuse_clamp.h"
#include "graph/fuse_depthwise.h"
#include "graph/fuse_residual.h"
#include "graph/layout.h"

namespace paucal::graph {
namespace {

constexpr Pass kPasses[] = {
    {"fold_constants", "run nodes that read constants alone", fold_constants},
    {"fold_pad", "zeros around an image into the convolution after them", fold_pad},
    {"fold_bn", "batch norms into the convolutions before them", fold_bn},
    {"fuse_branches", "sums of convolutions of one value into one", fuse_branches},
    {"fuse_clamp", "ReLU and clamp into the nodes before them", fuse_clamp},
    // After the clamps: a size must not be asked of what a clamp is about to swallow.
    {"shorten_like", "sizes told by the earliest value that has them", shorten_like},
    {"fuse_residual", "sums into the convolutions before them", fuse_residual},
    {"fuse_depthwise", "1×1 convolutions into the depthwise ones after them", fuse_depthwise},
    {"dead_code", "drop what no output depends on", dead_code},
    {"layout", "memory layouts, and conversions between them", layout},
    {"compact", "drop unused values and number the rest", compact},
};

void check(const edge::Graph& graph, std::string_view after) {
  if (const auto wrong = edge::validate(graph))
    fail("graph", "after {}: {}", after, wrong->message);
}

}  // namespace

std::span<const Pass> passes() {
  return kPasses;
}

Probes default_probes(const edge::Graph& graph) {
  // Of the first free dimension (mostly the batch), and those after it.
  constexpr int64_t kSizes[][5] = {{2, 224, 288, 96, 160},
                                   {3, 320, 160, 224, 96},
                                   {2, 64, 96, 128, 160},
                                   {1, 128, 128, 128, 128},
                                   {1, 32, 32, 32, 32}};
  Probes probes;
  for (const auto& sizes : kSizes) {
    std::vector<edge::Shape> shapes;
    for (const int id : graph.inputs) {
      edge::Shape shape = graph.value(id).shape;
      size_t free = shape.rank() > 0 && shape[0] != edge::Shape::kFree ? 1 : 0;
      for (int d = 0; d < shape.rank(); ++d)
        if (shape[d] == edge::Shape::kFree) shape[d] = sizes[std::min<size_t>(free++, 4)];
      shapes.push_back(shape);
    }
    if (edge::infer(graph, shapes).ok()) probes.push_back(std::move(shapes));
  }
  return probes;
}

std::vector<PassReport> run_passes(edge::Graph& graph, const PassOptions& options) {
  using Clock = std::chrono::steady_clock;
  for (const std::string& name : options.skip)
    if (std::ranges::find(kPasses, name, &Pass::name) == std::end(kPasses)) {
      std::vector<std::string> known;
      for (const Pass& pass : kPasses) known.emplace_back(pass.name);
      fail_unknown("graph", "pass", name, known);
    }
  check(graph, "the start");
  const Probes probes = options.probes.empty() ? default_probes(graph) : options.probes;
  std::vector<PassReport> reports;
  for (const Pass& pass : kPasses) {
    if (std::ranges::find(options.skip, pass.name) != options.skip.end()) continue;
    PassReport report{std::string(pass.name), graph.nodes.size(), 0, 0};
    const auto begin = Clock::now();
    pass.apply(graph, probes);
    report.seconds = std::chrono::duration<double>(Clock::now() - begin).count();
    report.nodes_after = graph.nodes.size();
    check(graph, pass.name);
    reports.push_back(std::move(report));
  }
  return reports;
}

}  // namespace paucal::graph
