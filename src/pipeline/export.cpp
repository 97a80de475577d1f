#include "pipeline/export.h"

#include <torch/torch.h>

#include <sstream>

#include "base/error.h"
#include "base/files.h"
#include "edge/post/card.h"
#include "models/detector.h"
#include "pipeline/run.h"
#include "trace/trace.h"

namespace paucal::pipeline {

Exported export_model(const TrainedModel& model, const ExportOptions& options) {
  if (model.map != "cam")
    fail("export",
         "locate.map = {}, expected cam: other maps need gradients, which the edge has not",
         model.map);
  if (model.architecture.detector.bbox_head.type == "mil")
    fail("export",
         "model.bbox_head.type = mil: a head that weighs regions teaches a detector and is none "
         "itself; train retinanet_mil on its boxes (data.boxes), and export that");
  Exported result;
  models::ImageModel& network = *model.network;
  const int64_t side = std::max(64, 2 * network.output_stride());
  const at::Tensor example = torch::rand({1, edge::network_channels(model.input), side, side});
  // What the head says, place by place in channels: the predictor spreads it.
  const auto forward = [&](const at::Tensor& x) -> std::vector<at::Tensor> {
    if (!model.detector) return {network.head(network.features(x))};
    auto& detector = dynamic_cast<models::Detector&>(network);
    const std::vector<at::Tensor> levels = detector.levels(x);
    const models::DenseOutput dense = detector.dense(levels);
    std::vector<at::Tensor> outputs = {network.head(levels[0])};
    for (size_t i = 0; i < dense.logits.size(); ++i) {
      outputs.push_back(dense.logits[i]);
      outputs.push_back(dense.deltas[i]);
    }
    return outputs;
  };
  trace::TraceOptions tracing;
  tracing.input = "image";
  tracing.outputs = {"map"};
  for (size_t i = 0; model.detector && i < model.detector->strides.size(); ++i) {
    tracing.outputs.push_back(fmt::format("logits{}", i));
    tracing.outputs.push_back(fmt::format("deltas{}", i));
  }
  result.traced = trace::trace(network, forward, example, tracing);
  result.model.graph = result.traced;
  result.passes = graph::run_passes(result.model.graph, {options.skip, {}});
  result.model.card = edge::to_json(model);
  return result;
}

std::vector<std::string> test_images(const std::filesystem::path& run, size_t count) {
  const auto list = run / "predictions.jsonl";
  if (!std::filesystem::exists(list)) return {};
  const std::filesystem::path root = recipe_of_run(run).data.root;
  std::vector<std::string> files;
  std::istringstream lines(read_text(list));
  for (std::string line; std::getline(lines, line);) {
    const Json json = Json::parse(line, nullptr, /*allow_exceptions=*/false);
    if (!json.is_object() || json.value("split", "") != "test") continue;
    const auto file = root / json.value("path", "");
    if (std::filesystem::is_regular_file(file)) files.push_back(file.string());
  }
  if (files.size() <= count) return files;
  std::vector<std::string> some;
  for (size_t i = 0; i < count; ++i) some.push_back(files[i * files.size() / count]);
  return some;
}

}  // namespace paucal::pipeline
