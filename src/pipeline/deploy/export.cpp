#include "pipeline/deploy/export.h"

#include <torch/torch.h>

#include <sstream>

#include "base/error.h"
#include "base/evenly.h"
#include "base/files.h"
#include "base/json_text.h"
#include "edge/post/card.h"
#include "models/box_head.h"
#include "models/proposals.h"
#include "pipeline/run.h"
#include "trace/trace.h"
#include "weak/regions/regions.h"

namespace paucal::pipeline {

namespace {

using Outputs = std::vector<at::Tensor>;

// The class map as the head says it, place by place in channels (the predictor spreads it), and
// then what boxes are made from.
Outputs dense_outputs(models::ImageModel& network, const at::Tensor& x) {
  models::BoxHead& head = *network.box_head();
  const std::vector<at::Tensor> levels = head.levels(x);
  const models::DenseOutput dense = head.dense(levels);
  Outputs outputs = {network.head(levels[0])};
  for (size_t i = 0; i < dense.logits.size(); ++i) {
    outputs.push_back(dense.logits[i]);
    outputs.push_back(dense.deltas[i]);
  }
  return outputs;
}

Outputs region_outputs(models::ImageModel& network, const at::Tensor& x) {
  const models::DetectorOptions& options = network.options().detector;
  models::BoxHead& head = *network.box_head();
  const std::vector<at::Tensor> levels = head.levels(x);
  const at::Tensor map = network.head(levels[0]);
  // The highest place of each cell, too, since a cell's places are channels here.
  const at::Tensor rois =
      models::propose_rois(map, network.output_stride(), options.regions.proposals);
  const models::RegionOutput said = head.regions(levels, rois);
  return {map, rois, said.deltas, weak::region_probabilities(said, options.bbox_head.with_softmax)};
}

trace::TraceOptions tracing_of(const judge::TrainedModel& model) {
  trace::TraceOptions tracing;
  tracing.input = "image";
  tracing.outputs = {"map"};
  if (!model.detector) return tracing;
  if (model.detector->weighs_regions()) {
    for (const char* name : {"rois", "deltas", "probabilities"}) tracing.outputs.emplace_back(name);
    tracing.free = {2, 3};  // regions are weighed against those of their own image alone
    // The order of two regions may hang on the last bit of the map; verify() looks at the boxes.
    tracing.tolerance = 0;
  }
  for (size_t i = 0; i < model.detector->strides.size(); ++i) {
    tracing.outputs.push_back(fmt::format("logits{}", i));
    tracing.outputs.push_back(fmt::format("deltas{}", i));
  }
  return tracing;
}

}  // namespace

Exported export_model(const judge::TrainedModel& model, const ExportOptions& options) {
  if (model.map != "cam")
    fail("export",
         "locate.map = {}, expected cam: other maps need gradients, which the edge has not",
         model.map);
  Exported result;
  models::ImageModel& network = *model.network;
  const int64_t side = std::max(64, 2 * network.output_stride());
  const at::Tensor example = torch::rand({1, edge::network_channels(model.input), side, side});
  const auto forward = [&](const at::Tensor& x) -> Outputs {
    if (!model.detector) return {network.head(network.features(x))};
    return model.detector->weighs_regions() ? region_outputs(network, x)
                                            : dense_outputs(network, x);
  };
  result.traced = trace::trace(network, forward, example, tracing_of(model));
  result.model.graph = result.traced;
  result.passes = graph::run_passes(result.model.graph, {options.skip, {}});
  result.model.card = edge::to_json(model);
  return result;
}

std::vector<std::string> test_images(const std::filesystem::path& run, size_t count) {
  const auto list = run / "predictions.jsonl";
  if (!std::filesystem::exists(list)) return {};
  // Not data.root, which may be a file that lists the images.
  const std::filesystem::path root = read_json(run / "data.json").value("root", "");
  std::vector<std::string> files;
  std::istringstream lines(read_text(list));
  for (std::string line; std::getline(lines, line);) {
    const Result<Json> json = parse_json(line, list.string());  // a kill may have cut the last one
    if (!json.ok() || !json->is_object() || json->value("split", "") != "test") continue;
    files.push_back((root / json->value("path", "")).string());
  }
  return evenly(files, count);
}

}  // namespace paucal::pipeline
