#include "models/detector.h"

#include <torch/torch.h>

#include <cmath>

#include "base/error.h"
#include "models/autocast.h"
#include "models/fpn.h"
#include "models/layers.h"
#include "models/proposals.h"
#include "models/roi_align.h"

namespace paucal::models {
namespace {

constexpr double kPrior = 0.01;
// A region's sides are learned in tenths (Girshick, Fast R-CNN, ICCV 2015): in wholes the first
// steps throw them out of the image, where nothing leads back.
constexpr double kDeltaUnit = 0.1;
constexpr int64_t kProbe = 64;  // side of the image that tells a network's strides and channels

void make_small(torch::nn::Module& layer, double bias, double scale = 0.1) {
  const torch::NoGradGuard no_grad;
  for (auto& item : layer.named_parameters()) {
    if (item.key() == "bias")
      item.value().fill_(bias);
    else
      item.value().mul_(scale);
  }
}

void make_float(std::vector<at::Tensor>& tensors) {
  for (at::Tensor& tensor : tensors) tensor = in_float(tensor);
}

// [R, 5] grown about their centres.
at::Tensor grown(const at::Tensor& rois, double factor) {
  const at::Tensor low = rois.slice(1, 1, 3), high = rois.slice(1, 3, 5);
  const at::Tensor by = (high - low) * ((factor - 1) / 2);
  return torch::cat({rois.slice(1, 0, 1), low - by, high + by}, 1);
}

}  // namespace

DenseHead::DenseHead(int in, int classes, const DetectorOptions& options) {
  const int anchors = options.anchors.per_cell();
  const int width = options.bbox_head.width;
  for (int i = 0; i < options.bbox_head.convs; ++i) {
    const ConvShape shape{.in = i == 0 ? in : width, .out = width, .bias = true};
    class_tower_.push_back(register_module(fmt::format("class_tower{}", i), conv(shape)));
    box_tower_.push_back(register_module(fmt::format("box_tower{}", i), conv(shape)));
  }
  const int last = options.bbox_head.convs > 0 ? width : in;
  logits_ = register_module("logits", conv({.in = last, .out = anchors * classes, .bias = true}));
  deltas_ = register_module("deltas", conv({.in = last, .out = anchors * 4, .bias = true}));
}

void DenseHead::init() {
  make_small(*logits_, std::log(kPrior / (1 - kPrior)));
  make_small(*deltas_, 0);
}

DenseOutput DenseHead::forward(const std::vector<at::Tensor>& levels) {
  DenseOutput output;
  for (const at::Tensor& level : levels) {
    at::Tensor classes = level, boxes = level;
    for (auto& layer : class_tower_) classes = layer->forward(classes).relu();
    for (auto& layer : box_tower_) boxes = layer->forward(boxes).relu();
    output.logits.push_back(logits_->forward(classes));
    output.deltas.push_back(deltas_->forward(boxes));
  }
  return output;
}

RegionHead::RegionHead(int in, int classes, const DetectorOptions& options) {
  const int size = options.regions.size, width = options.bbox_head.fc;
  const auto linear = [&](const std::string& name, int from, int to) {
    return register_module(name, std::make_shared<torch::nn::LinearImpl>(from, to));
  };
  fc1_ = linear("fc1", in * size * size, width);
  fc2_ = linear("fc2", width, width);
  classes_ = linear("classes", width, classes);
  regions_ = linear("regions", width, classes);
  deltas_ = linear("deltas", width, 4);
  for (int i = 0; options.refine.on() && i < options.refine.branches; ++i)
    refined_.push_back(linear(fmt::format("refined{}", i), width, classes + 1));
}

void RegionHead::init() {
  make_small(*classes_, 0);
  make_small(*regions_, 0);
  make_small(*deltas_, 0, 1e-3);  // a region is its own box as long as nobody says what else
  for (auto& branch : refined_) make_small(*branch, 0);
}

RegionOutput RegionHead::forward(const at::Tensor& pooled) {
  const at::Tensor x = fc2_->forward(fc1_->forward(pooled.flatten(1)).relu()).relu();
  RegionOutput output;
  output.features = x;
  output.classes = classes_->forward(x);
  output.regions = regions_->forward(x);
  output.deltas = kDeltaUnit * deltas_->forward(x);
  for (auto& branch : refined_) output.refined.push_back(branch->forward(x));
  return output;
}

Detector::Detector(const ModelOptions& options, MakeBackbone make_backbone, int classes,
                   int box_classes)
    : ImageModel(options, classes, options.output_stride), box_classes_(box_classes) {
  const DetectorOptions& detector = options.detector;
  const bool pyramid = detector.neck == "fpn";
  ModelOptions inner = options;
  inner.detector = {};
  if (pyramid) {  // the neck brings the fine levels back
    inner.output_stride = 0;
    inner.taps = {};
  }
  backbone_ = make_backbone(inner, 1);
  backbone_->unregister_module("fc");  // the class map reads level 0, and is this module's own
  register_module("backbone", backbone_);

  int width = backbone_->feature_channels();
  if (pyramid) {
    const torch::NoGradGuard no_grad;
    backbone_->eval();
    const auto stages = backbone_->stages(torch::zeros({1, options.channels, kProbe, kProbe}));
    backbone_->train();
    const int finest = options.output_stride > 0 ? options.output_stride : 8;
    std::vector<int> channels, known;
    for (const at::Tensor& stage : stages) {
      const auto stride = static_cast<int>(kProbe / stage.size(2));
      known.push_back(stride);
      if (stride < finest) continue;
      if (strides_.empty()) first_stage_ = known.size() - 1;
      strides_.push_back(stride);
      channels.push_back(static_cast<int>(stage.size(1)));
    }
    if (strides_.empty() || strides_[0] != finest)
      fail("models", "{} with neck fpn: output_stride {}, expected one of its levels' ({})",
           options.arch, finest, fmt::join(known, ", "));
    width = detector.neck_width;
    neck_ = register_module("neck", std::make_shared<Fpn>(channels, width));
  } else {
    strides_ = {backbone_->output_stride()};
  }
  set_output_stride(strides_[0]);

  if (detector.bbox_head.dense()) {
    const size_t heads = detector.bbox_head.type == "cps_rpn" ? 2 : 1;
    for (size_t i = 0; i < heads; ++i)
      dense_.push_back(register_module(fmt::format("dense{}", i),
                                       std::make_shared<DenseHead>(width, box_classes, detector)));
  } else {
    region_ = register_module("region", std::make_shared<RegionHead>(width, box_classes, detector));
  }
  register_head(width);
}

std::vector<at::Tensor> Detector::stages(const at::Tensor& x) {
  return backbone_->stages(x);
}

std::vector<at::Tensor> Detector::levels_of(const std::vector<at::Tensor>& stages) {
  if (!neck_) return {backbone_->features_of(stages)};
  return neck_->forward({stages.begin() + static_cast<std::ptrdiff_t>(first_stage_), stages.end()});
}

at::Tensor Detector::features_of(const std::vector<at::Tensor>& stages) {
  return levels_of(stages)[0];
}

void Detector::init_heads() {
  for (auto& head : dense_) head->init();
  if (region_) region_->init();
}

Detector::Seen Detector::see(const at::Tensor& x) {
  check_input(x);
  const Autocast autocast(x.device().type());
  Seen seen;
  seen.levels = levels_of(stages(x));
  seen.map = map_of(seen.levels[0]);
  make_float(seen.levels);
  return seen;
}

std::vector<at::Tensor> Detector::levels(const at::Tensor& x) {
  const Autocast autocast(x.device().type());
  std::vector<at::Tensor> levels = levels_of(stages(x));
  make_float(levels);
  return levels;
}

DenseOutput Detector::dense(const std::vector<at::Tensor>& levels, size_t which) {
  const Autocast autocast(levels.at(0).device().type());
  DenseOutput output = dense_.at(which)->forward(levels);
  make_float(output.logits);
  make_float(output.deltas);
  return output;
}

at::Tensor Detector::propose(const at::Tensor& map) {
  const int fine = options().upscale;
  const at::Tensor cells = fine == 1 ? map.detach() : torch::max_pool2d(map.detach(), fine);
  return propose_rois(cells, output_stride(), options().detector.regions.proposals);
}

RegionOutput Detector::regions(const std::vector<at::Tensor>& levels, const at::Tensor& rois) {
  const RegionOptions& shape = options().detector.regions;
  const at::Tensor pooled =
      roi_align(levels[0], grown(rois, shape.context),
                {.size = shape.size, .scale = 1. / output_stride(), .sampling = shape.sampling});
  const Autocast autocast(pooled.device().type());
  RegionOutput output = region_->forward(pooled);
  for (at::Tensor* said : {&output.features, &output.classes, &output.regions, &output.deltas})
    *said = in_float(*said);
  make_float(output.refined);
  return output;
}

}  // namespace paucal::models
