#include "pipeline/predict.h"

#include <torch/torch.h>

#include "base/error.h"
#include "models/detector.h"
#include "pipeline/predict_tiled.h"
#include "weak/cam.h"
#include "weak/regions.h"

namespace paucal::pipeline {
namespace {

edge::Planes planes_of(const at::Tensor& maps) {
  const at::Tensor plain = maps[0].to(at::kCPU, at::kFloat).contiguous();
  const float* values = plain.data_ptr<float>();
  return {static_cast<int>(plain.size(0)),
          static_cast<int>(plain.size(1)),
          static_cast<int>(plain.size(2)),
          {values, values + plain.numel()}};
}

// Of every region each class that is probable enough.
std::vector<edge::ScoredBox> region_boxes(models::Detector& detector,
                                          const models::Detector::Seen& seen,
                                          const edge::NmsOptions& nms) {
  const models::DetectorOptions& options = detector.options().detector;
  const at::Tensor regions =
      weak::propose_regions(seen.map[0], detector.map_stride(), options.regions.proposals);
  const at::Tensor rois = torch::cat({torch::zeros({regions.size(0), 1}), regions}, 1);
  const models::RegionOutput said = detector.regions(seen.levels, rois.to(seen.map.device()));
  const at::Tensor scores =
      weak::region_probabilities(said, options.bbox_head.with_softmax).to(at::kCPU).contiguous();
  const at::Tensor deltas = said.deltas.to(at::kCPU).contiguous();
  const auto p = scores.accessor<float, 2>();
  const auto d = deltas.accessor<float, 2>(), r = regions.accessor<float, 2>();
  std::vector<edge::ScoredBox> boxes;
  for (int64_t i = 0; i < p.size(0); ++i) {
    const edge::Box box = edge::decode_box({r[i][0], r[i][1], r[i][2], r[i][3]},
                                           {d[i][0], d[i][1], d[i][2], d[i][3]});
    for (int64_t k = 0; k < p.size(1); ++k)
      if (p[i][k] >= nms.score) boxes.push_back({box, p[i][k], static_cast<int>(k)});
  }
  return boxes;
}

edge::NetworkOutput run(const TrainedModel& model, const edge::Planes& canvas) {
  const auto device = model.network->parameters().front().device();
  const at::Tensor x = torch::from_blob(const_cast<float*>(canvas.values.data()),
                                        {1, canvas.channels, canvas.height, canvas.width})
                           .to(device)
                           .contiguous(at::MemoryFormat::ChannelsLast);
  edge::NetworkOutput output;
  at::Tensor maps;
  {
    const torch::NoGradGuard no_grad;
    if (model.detector) {
      auto& detector = dynamic_cast<models::Detector&>(*model.network);
      const models::Detector::Seen seen = detector.see(x);
      maps = seen.map;
      if (detector.options().detector.bbox_head.dense()) {
        const models::DenseOutput dense = detector.dense(seen.levels);
        for (const at::Tensor& level : dense.logits) output.logits.push_back(planes_of(level));
        for (const at::Tensor& level : dense.deltas) output.deltas.push_back(planes_of(level));
      } else {
        output.boxes = region_boxes(detector, seen, model.detector->nms);
      }
    } else {
      maps = model.network->forward(x).map;
    }
  }
  output.maps = planes_of(maps);
  if (model.map == "cam") return output;
  std::vector<at::Tensor> heat;
  for (int64_t channel = 0; channel < maps.size(1); ++channel)
    heat.push_back(weak::class_activation(*model.network, x, channel, model.map));
  output.heat = planes_of(at::stack(heat, 1));
  return output;
}

}  // namespace

RawPrediction predict_raw(const TrainedModel& model, const edge::Image& image) {
  return predict_fitted(model, edge::fit_image(image, model.input));
}

RawPrediction predict_tiled(const TrainedModel& model, const edge::Image& image,
                            const edge::TileOptions& tiles) {
  return value_or_throw(edge::predict_tiled(
      model, image, tiles, [&](const edge::Planes& canvas) { return run(model, canvas); }));
}

RawPrediction predict_fitted(const TrainedModel& model, const edge::Fitted& fitted) {
  return value_or_throw(edge::predict_raw(
      model, fitted, [&](const edge::Planes& canvas) { return run(model, canvas); }));
}

}  // namespace paucal::pipeline
