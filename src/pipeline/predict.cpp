#include "pipeline/predict.h"

#include <torch/torch.h>

#include <cmath>

#include "base/error.h"
#include "edge/post/boxes.h"
#include "edge/pre/resize.h"
#include "train/pooling.h"
#include "weak/cam.h"
#include "weak/mil.h"

namespace paucal::pipeline {
namespace {

// Class maps [K, h, w] and image logits [K] of one canvas [1, C, H, W].
struct Scored {
  at::Tensor maps, scores;
};

Scored run(const TrainedModel& model, const at::Tensor& canvas, const at::Tensor& valid) {
  at::Tensor maps;
  {
    const torch::NoGradGuard no_grad;
    const auto device = model.network->parameters().front().device();
    maps = model.network->forward(canvas.to(device)).map.to(at::kCPU, at::kFloat);
  }
  const at::Tensor cells = train::valid_cells(valid, maps);
  const at::Tensor scores = model.task == Task::kInspection
                                ? train::top_pool(maps, cells, model.top)
                                : train::mean_pool(maps, cells);
  if (model.map != "cam") {
    std::vector<at::Tensor> others;
    for (int64_t channel = 0; channel < maps.size(1); ++channel)
      others.push_back(weak::class_activation(
          *model.network, canvas.to(model.network->parameters().front().device()), channel,
          model.map));
    maps = at::stack(others, 1);
  }
  return {maps, scores};
}

// The mean over the four mirrored canvases; maps are mirrored back first.
Scored run_flipped(const TrainedModel& model, const at::Tensor& canvas, const at::Tensor& valid) {
  Scored sum;
  const std::vector<std::vector<int64_t>> flips = {{}, {2}, {3}, {2, 3}};
  for (const auto& axes : flips) {
    Scored one =
        run(model, canvas.flip(axes).contiguous(at::MemoryFormat::ChannelsLast), valid.flip(axes));
    one.maps = one.maps.flip(axes);
    sum.maps = sum.maps.defined() ? sum.maps + one.maps : one.maps;
    sum.scores = sum.scores.defined() ? sum.scores + one.scores : one.scores;
  }
  const auto count = static_cast<double>(flips.size());
  return {sum.maps / count, sum.scores / count};
}

// Takes `amount` off each side, but leaves a pixel.
void shrink(edge::Box& box, double amount) {
  const auto x = static_cast<float>(std::min(amount, std::max(0., (box.width() - 1) / 2.)));
  const auto y = static_cast<float>(std::min(amount, std::max(0., (box.height() - 1) / 2.)));
  box = {box.x0 + x, box.y0 + y, box.x1 - x, box.y1 - y};
}

}  // namespace

RawPrediction predict_raw(const TrainedModel& model, const edge::Image& image) {
  if (image.empty()) fail("predict", "an image of 0 pixels, expected at least 1");
  return predict_fitted(model, edge::fit_image(image, model.input));
}

RawPrediction predict_fitted(const TrainedModel& model, const edge::Fitted& fitted) {
  const auto [width, height] = edge::canvas_size(fitted.image, model.input);
  at::Tensor canvas = torch::empty({1, edge::network_channels(model.input), height, width});
  edge::normalise_to(fitted.image, model.input, width, height, canvas.data_ptr<float>());
  canvas = canvas.contiguous(at::MemoryFormat::ChannelsLast);
  at::Tensor valid = torch::zeros({1, 1, height, width});
  valid.narrow(2, 0, fitted.image.height).narrow(3, 0, fitted.image.width).fill_(1);

  const Scored scored = model.flips ? run_flipped(model, canvas, valid) : run(model, canvas, valid);
  RawPrediction raw;
  const at::Tensor scores = scored.scores[0].contiguous();
  raw.scores.assign(scores.data_ptr<float>(), scores.data_ptr<float>() + scores.numel());

  // Padding is cut off; what remains may reach a part of a cell beyond the image.
  const int64_t rows = scored.maps.size(2), columns = scored.maps.size(3);
  raw.stride_x = static_cast<double>(width) / static_cast<double>(columns);
  raw.stride_y = static_cast<double>(height) / static_cast<double>(rows);
  const int map_width = static_cast<int>(std::ceil(fitted.image.width / raw.stride_x));
  const int map_height = static_cast<int>(std::ceil(fitted.image.height / raw.stride_y));
  for (int64_t k = 0; k < scored.maps.size(1); ++k) {
    const at::Tensor plane =
        scored.maps[0][k].narrow(0, 0, map_height).narrow(1, 0, map_width).contiguous();
    edge::Map& map = raw.maps.emplace_back(map_width, map_height);
    std::copy_n(plane.data_ptr<float>(), plane.numel(), map.values.begin());
  }
  raw.geometry = fitted.geometry
                     .cropped(0, 0, static_cast<int>(std::lround(map_width * raw.stride_x)),
                              static_cast<int>(std::lround(map_height * raw.stride_y)))
                     .resized(map_width, map_height);
  return raw;
}

edge::Map heat_of_channel(const TrainedModel& model, const RawPrediction& raw, size_t channel) {
  const Calibration& c = model.calibration;
  edge::Map heat = raw.maps[channel];
  // Not clamped: the order of places must survive, for the figures and for low thresholds.
  for (float& value : heat.values)
    value = static_cast<float>((value - c.heat_low) / (c.heat_high - c.heat_low));
  return heat;
}

Prediction interpret(const TrainedModel& model, const RawPrediction& raw) {
  const Calibration& c = model.calibration;
  Prediction prediction;
  size_t channel = weak::kAnyDefect;
  if (model.task == Task::kInspection) {
    prediction.score = raw.scores[0];
    prediction.probability = c.ng(prediction.score);
    prediction.ng = prediction.probability >= c.threshold;
    double best = -INFINITY;
    for (size_t label = 0; label < model.classes.size(); ++label) {
      const int64_t own = model.channel_of(static_cast<int>(label));
      if (own < 0 || raw.scores[static_cast<size_t>(own)] <= best) continue;
      best = raw.scores[static_cast<size_t>(own)];
      prediction.label = static_cast<int>(label);
    }
  } else {
    channel = static_cast<size_t>(std::ranges::max_element(raw.scores) - raw.scores.begin());
    prediction.label = static_cast<int>(channel);
    prediction.score = raw.scores[channel];
    double sum = 0;
    for (const double score : raw.scores)
      sum += prediction.class_probabilities.emplace_back(
          std::exp((score - prediction.score) / c.temperature));
    for (double& p : prediction.class_probabilities) p /= sum;
    prediction.probability = prediction.class_probabilities[channel];
  }
  prediction.heat = heat_of_channel(model, raw, channel);
  prediction.geometry = raw.geometry;
  if (model.task == Task::kClassification || prediction.ng)
    prediction.boxes = boxes_at(model, prediction.heat, raw.geometry, {c.box_heat, c.box_shrink},
                                prediction.probability);
  for (auto& box : prediction.boxes) box.label = prediction.label;
  return prediction;
}

std::vector<edge::ScoredBox> boxes_at(const TrainedModel& model, const edge::Map& heat,
                                      const edge::Geometry& geometry, const BoxRule& rule,
                                      double probability) {
  // Upsampled to about the original's resolution, so that edges fall between cells.
  const double cell = std::sqrt(geometry.area_scale());  // original pixels
  const int factor = std::clamp(static_cast<int>(std::lround(cell)), 1, 32);
  const edge::Map fine = edge::resize(heat, heat.width * factor, heat.height * factor);
  edge::BoxOptions options;
  options.high = rule.heat;
  options.low = rule.heat;
  options.min_area = model.min_area;
  options.max_boxes = model.max_boxes;
  auto boxes = edge::boxes_from_map(fine, geometry.resized(fine.width, fine.height), options,
                                    static_cast<float>(probability));
  for (auto& found : boxes) shrink(found.box, rule.shrink * cell);
  return boxes;
}

edge::Map heat_at_original(const Prediction& prediction) {
  const edge::Geometry& g = prediction.geometry;
  // The map may reach beyond the image by a part of a cell: grow it to whole cells, then cut.
  const auto corner = g.to_original(g.width(), g.height());
  const edge::Map grown = edge::resize(prediction.heat, static_cast<int>(std::lround(corner[0])),
                                       static_cast<int>(std::lround(corner[1])));
  edge::Map cut(g.original_width(), g.original_height());
  for (int y = 0; y < cut.height; ++y)
    for (int x = 0; x < cut.width; ++x)
      cut.at(x, y) = grown.at(std::min(x, grown.width - 1), std::min(y, grown.height - 1));
  return cut;
}

Json to_json(const TrainedModel& model, const Prediction& prediction) {
  Json json;
  if (model.task == Task::kInspection) {
    json["verdict"] = prediction.ng ? "NG" : "OK";
    json["probability_ng"] = prediction.probability;
    if (prediction.label >= 0)
      json["defect_class"] =
          prediction.ng ? Json(model.classes[static_cast<size_t>(prediction.label)]) : Json();
  } else {
    json["class"] = model.classes[static_cast<size_t>(prediction.label)];
    json["probability"] = prediction.probability;
    for (size_t i = 0; i < model.classes.size(); ++i)
      json["probabilities"][model.classes[i]] = prediction.class_probabilities[i];
  }
  json["boxes"] = Json::array();
  for (const auto& [box, score, label] : prediction.boxes)
    json["boxes"].push_back(
        {{"x0", box.x0}, {"y0", box.y0}, {"x1", box.x1}, {"y1", box.y1}, {"score", score}});
  return json;
}

}  // namespace paucal::pipeline
