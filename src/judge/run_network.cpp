#include "judge/run_network.h"

#include <torch/torch.h>

#include "base/host/work.h"
#include "models/box_head.h"
#include "train/pooling.h"
#include "weak/map/cam.h"
#include "weak/regions/regions.h"

namespace paucal::judge {
namespace {

// Of image `n` of a batch [N, C, h, w].
edge::Planes planes_of(const at::Tensor& maps, int64_t n) {
  const at::Tensor plain = maps[n].to(at::kCPU, at::kFloat).contiguous();
  const float* values = plain.data_ptr<float>();
  return {static_cast<int>(plain.size(0)),
          static_cast<int>(plain.size(1)),
          static_cast<int>(plain.size(2)),
          {values, values + plain.numel()}};
}

at::Tensor to_batch(std::span<const edge::View> views) {
  const edge::Planes& first = views[0].canvas;
  const at::Tensor x = torch::empty({std::ssize(views), first.channels, first.height, first.width});
  float* to = x.data_ptr<float>();
  for (const edge::View& view : views) to = std::ranges::copy(view.canvas.values, to).out;
  return x;
}

// Regions compete within their image, so each goes through the head alone.
std::vector<edge::ScoredBox> region_boxes(const TrainedModel& model,
                                          const models::BoxHead::Seen& seen, int64_t n,
                                          const edge::Planes& canvas) {
  models::BoxHead& head = *model.network->box_head();
  const auto plain = [](const at::Tensor& x) { return x.to(at::kCPU, at::kFloat).contiguous(); };
  const at::Tensor rois = plain(head.propose(seen.map.narrow(0, n, 1)));
  const models::RegionOutput said =
      head.regions({seen.levels[0].narrow(0, n, 1)}, rois.to(seen.map.device()));
  const at::Tensor probabilities =
      plain(weak::region_probabilities(said, model.architecture.detector.bbox_head.with_softmax));
  const at::Tensor deltas = plain(said.deltas);
  return edge::decode_regions(
      {static_cast<int>(rois.size(0)), static_cast<int>(probabilities.size(1)),
       rois.data_ptr<float>(), deltas.data_ptr<float>(), probabilities.data_ptr<float>()},
      canvas.width, canvas.height, model.detector->nms);
}

// The class map [N, K, h, w]; boxes go to `said`.
at::Tensor detect(const TrainedModel& model, const at::Tensor& x, std::span<const edge::View> views,
                  std::vector<NetworkSaid>& said) {
  models::BoxHead& head = *model.network->box_head();
  const models::BoxHead::Seen seen = head.see(x);
  const bool dense_head = model.architecture.detector.bbox_head.dense();
  models::DenseOutput dense;
  if (dense_head) dense = head.dense(seen.levels);
  for (size_t i = 0; i < views.size(); ++i) {
    const auto n = static_cast<int64_t>(i);
    edge::NetworkOutput& output = said[i].output;
    for (const at::Tensor& level : dense.logits) output.logits.push_back(planes_of(level, n));
    for (const at::Tensor& level : dense.deltas) output.deltas.push_back(planes_of(level, n));
    if (!dense_head) output.boxes = region_boxes(model, seen, n, views[i].canvas);
  }
  return seen.map;
}

// Features [N, C, h, w] → the mean over the cells of each image.
void add_features(const at::Tensor& features, std::span<const edge::View> views,
                  std::vector<NetworkSaid>& said) {
  const edge::Planes& canvas = views[0].canvas;
  const at::Tensor valid = torch::zeros({std::ssize(views), 1, canvas.height, canvas.width});
  for (size_t i = 0; i < views.size(); ++i)
    valid[static_cast<int64_t>(i)][0]
        .narrow(0, 0, views[i].valid_height)
        .narrow(1, 0, views[i].valid_width)
        .fill_(1);
  const at::Tensor on_device = valid.to(features.device());
  const at::Tensor pooled = train::mean_pool(features, train::valid_cells(on_device, features))
                                .to(at::kCPU, at::kFloat)
                                .contiguous();
  for (size_t i = 0; i < views.size(); ++i) {
    if (views[i].flip.x || views[i].flip.y) continue;
    const float* values = pooled[static_cast<int64_t>(i)].data_ptr<float>();
    said[i].features.assign(values, values + pooled.size(1));
  }
}

}  // namespace

std::vector<NetworkSaid> run_network(const TrainedModel& model, std::span<const edge::View> views,
                                     bool with_features) {
  std::vector<NetworkSaid> said(views.size());
  count_forward_passes(std::ssize(views));
  const auto device = model.network->parameters().front().device();
  const at::Tensor x = to_batch(views).to(device).contiguous(at::MemoryFormat::ChannelsLast);
  at::Tensor maps;
  {
    const torch::NoGradGuard no_grad;
    if (model.detector) {
      maps = detect(model, x, views, said);
    } else {
      const models::Output output = model.network->forward(x);
      maps = output.map;
      if (with_features) add_features(output.features, views, said);
    }
  }
  for (size_t i = 0; i < views.size(); ++i)
    said[i].output.maps = planes_of(maps, static_cast<int64_t>(i));
  if (model.map == "cam") return said;
  const at::Tensor heat = weak::class_activation(*model.network, x, model.map);
  for (size_t i = 0; i < views.size(); ++i)
    said[i].output.heat = planes_of(heat, static_cast<int64_t>(i));
  return said;
}

}  // namespace paucal::judge
