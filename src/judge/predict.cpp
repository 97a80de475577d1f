#include "judge/predict.h"

#include <torch/torch.h>

#include "base/error.h"
#include "base/host/work.h"
#include "models/detector.h"
#include "weak/map/cam.h"
#include "weak/regions/regions.h"

namespace paucal::judge {
namespace {

edge::Planes planes_of(const at::Tensor& maps) {
  const at::Tensor plain = maps[0].to(at::kCPU, at::kFloat).contiguous();
  const float* values = plain.data_ptr<float>();
  return {static_cast<int>(plain.size(0)),
          static_cast<int>(plain.size(1)),
          static_cast<int>(plain.size(2)),
          {values, values + plain.numel()}};
}

std::vector<edge::ScoredBox> region_boxes(models::Detector& detector,
                                          const models::Detector::Seen& seen,
                                          const edge::Planes& canvas, const edge::NmsOptions& nms) {
  const models::DetectorOptions& options = detector.options().detector;
  const auto plain = [](const at::Tensor& x) { return x.to(at::kCPU, at::kFloat).contiguous(); };
  const at::Tensor rois = plain(detector.propose(seen.map));
  const models::RegionOutput said = detector.regions(seen.levels, rois.to(seen.map.device()));
  const at::Tensor probabilities =
      plain(weak::region_probabilities(said, options.bbox_head.with_softmax));
  const at::Tensor deltas = plain(said.deltas);
  return edge::decode_regions(
      {static_cast<int>(rois.size(0)), static_cast<int>(probabilities.size(1)),
       rois.data_ptr<float>(), deltas.data_ptr<float>(), probabilities.data_ptr<float>()},
      canvas.width, canvas.height, nms);
}

edge::NetworkOutput run(const TrainedModel& model, const edge::Planes& canvas) {
  const auto device = model.network->parameters().front().device();
  const at::Tensor x = torch::from_blob(const_cast<float*>(canvas.values.data()),
                                        {1, canvas.channels, canvas.height, canvas.width})
                           .to(device)
                           .contiguous(at::MemoryFormat::ChannelsLast);
  count_forward_passes(1);
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
        output.boxes = region_boxes(detector, seen, canvas, model.detector->nms);
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

RawPrediction predict_fitted(const TrainedModel& model, const edge::Fitted& fitted) {
  return value_or_throw(edge::predict_raw(
      model, fitted, [&](const edge::Planes& canvas) { return run(model, canvas); }));
}

}  // namespace paucal::judge
