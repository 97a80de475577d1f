#include "weak/features/own_features.h"

#include <torch/torch.h>

#include <cmath>

#include "base/error.h"
#include "models/layers.h"
#include "weak/features/vicreg.h"

namespace paucal::weak {
namespace {

namespace nn = torch::nn;

nn::Sequential make_expander(int64_t channels, int64_t width) {
  return nn::Sequential(nn::Linear(channels, width), nn::BatchNorm1d(width), nn::ReLU(),
                        nn::Linear(width, width), nn::BatchNorm1d(width), nn::ReLU(),
                        nn::Linear(width, width));
}

// Over the batch and all places, so that no channel speaks louder than another.
at::Tensor standardised(const at::Tensor& map) {
  constexpr double kLeastVariance = 1e-6;
  const at::Tensor mean = map.mean({0, 2, 3}, /*keepdim=*/true);
  const at::Tensor variance = (map - mean).square().mean({0, 2, 3}, /*keepdim=*/true);
  return (map - mean) / (variance + kLeastVariance).sqrt();
}

at::Tensor weighted_mean(const at::Tensor& values, const at::Tensor& weights) {
  return (values * weights).sum() / weights.sum().clamp_min(1);
}

}  // namespace

struct OwnFeatures::Heads : nn::Module {
  std::vector<nn::Sequential> expanders;
  std::vector<nn::Linear> judges;
  std::vector<std::shared_ptr<nn::Conv2dImpl>> followers;
};

// A batch on the device. All rows of the network's images: the first views, then the second ones.
struct OwnFeatures::Views {
  at::Tensor same_first, same_second;        // [N, P, 2]
  at::Tensor defects_first, defects_second;  // [N, D, 2]
  at::Tensor is_defect;                      // [N · D]
  at::Tensor other;                          // what the teacher reads; undefined without
  int64_t images = 0, width = 0, height = 0;

  at::Tensor firsts(const at::Tensor& map) const { return map.slice(0, 0, images); }
  at::Tensor seconds(const at::Tensor& map) const { return map.slice(0, images, 2 * images); }
};

namespace {

// [N, P, 2] of the first or the second view.
at::Tensor pair_places(const std::vector<data::PlacePair>& pairs, bool second, int64_t images,
                       c10::Device device) {
  const at::Tensor both = torch::from_blob(const_cast<data::PlacePair*>(pairs.data()),
                                           {images, std::ssize(pairs) / images, 2, 2}, at::kFloat);
  return both.select(2, second ? 1 : 0).clone().to(device);
}

at::Tensor images_of(const data::Batch& batch, c10::Device device) {
  const at::Tensor images =
      torch::from_blob(const_cast<float*>(batch.images.data()),
                       {batch.count, batch.channels, batch.height, batch.width}, at::kFloat);
  return images.clone(at::MemoryFormat::ChannelsLast).to(device);
}

}  // namespace

OwnFeatures::OwnFeatures(models::ImageModel& network, const FeatureOptions& options, uint64_t seed,
                         std::shared_ptr<models::ImageModel> teacher)
    : options_(options),
      levels_(find_levels(network, options.strides)),
      head_reads_more_(head_reads_more(network)),
      heads_(std::make_shared<Heads>()),
      teacher_(std::move(teacher)) {
  if (teacher_) teacher_levels_ = find_levels(*teacher_, options.strides);
  if (options.agreement == 0 && options.defects == 0 && (!teacher_ || options.teacher_weight == 0))
    fail("pretrain", "agreement=0, defects=0 and no teacher, expected something that teaches");
  std::vector<int64_t> channels;
  for (const Level& level : levels_) channels.push_back(level.channels);
  if (head_reads_more_) channels.push_back(network.feature_channels());
  for (size_t i = 0; i < channels.size(); ++i) {
    heads_->expanders.push_back(heads_->register_module(fmt::format("expander{}", i),
                                                        make_expander(channels[i], options.width)));
    heads_->judges.push_back(
        heads_->register_module(fmt::format("judge{}", i), nn::Linear(channels[i], 1)));
    if (i < teacher_levels_.size())
      heads_->followers.push_back(heads_->register_module(
          fmt::format("follower{}", i),
          models::conv({.in = static_cast<int>(channels[i]),
                        .out = static_cast<int>(teacher_levels_[i].channels),
                        .kernel = 1,
                        .bias = true})));
  }
  models::init_weights(*heads_, seed);
}

OwnFeatures::~OwnFeatures() = default;

std::shared_ptr<nn::Module> OwnFeatures::heads() const {
  return heads_;
}

train::Losses OwnFeatures::level_losses(size_t number, const at::Tensor& map,
                                        const Views& views) const {
  const auto look = [&](const at::Tensor& of, const at::Tensor& places) {
    return at_places(of, places, views.width, views.height);
  };
  const at::Tensor first = look(views.firsts(map), views.same_first);
  const at::Tensor second = look(views.seconds(map), views.same_second);
  train::Losses losses;
  losses.total = torch::zeros({}, first.options());
  if (options_.agreement > 0) {
    nn::Sequential expander = heads_->expanders[number];
    const auto both = expander->forward(torch::cat({first, second})).chunk(2);
    const Vicreg agreement = vicreg(both[0], both[1]);
    losses.total = losses.total + options_.agreement * agreement.total();
    losses.parts = {{"invariance", agreement.invariance.detach()},
                    {"variance", agreement.variance.detach()},
                    {"covariance", agreement.covariance.detach()}};
  }
  if (options_.defects > 0) {
    nn::Linear judge = heads_->judges[number];
    const auto says = [&](const at::Tensor& rows) { return judge->forward(rows).flatten(); };
    const at::Tensor with = says(look(views.seconds(map), views.defects_second));
    const at::Tensor without = says(look(views.firsts(map), views.defects_first));
    // softplus(−x) and softplus(x): binary cross-entropy of a logit for 1 and for 0.
    const at::Tensor missed = weighted_mean(at::softplus(-with), views.is_defect);
    const at::Tensor blamed = (weighted_mean(at::softplus(without), views.is_defect) +
                               at::softplus(says(torch::cat({first, second}))).mean()) /
                              2;
    const at::Tensor told = (missed + blamed) / 2;
    losses.total = losses.total + options_.defects * told;
    losses.parts.emplace_back("defects", told.detach());
  }
  losses.parts.emplace_back("spread", spread_of(first.detach()));
  return losses;
}

at::Tensor OwnFeatures::teacher_loss(const std::vector<at::Tensor>& stages,
                                     const Views& views) const {
  std::vector<at::Tensor> known;
  {
    const torch::NoGradGuard no_grad;
    teacher_->to(views.other.device());
    teacher_->eval();
    known = teacher_->stages(views.other);
  }
  std::vector<at::Tensor> losses;
  for (size_t i = 0; i < levels_.size(); ++i) {
    const at::Tensor followed = heads_->followers[i]->forward(stages[levels_[i].stage]);
    const at::Tensor target = standardised(known[teacher_levels_[i].stage].to(at::kFloat));
    losses.push_back(at::smooth_l1_loss(followed.to(at::kFloat), target));
  }
  return torch::stack(losses).mean();
}

train::Losses OwnFeatures::step(const data::PairBatch& batch, models::ImageModel& network,
                                c10::Device device) const {
  const int64_t images = batch.images();
  Views views{.same_first = pair_places(batch.same, false, images, device),
              .same_second = pair_places(batch.same, true, images, device),
              .defects_first = pair_places(batch.defects, false, images, device),
              .defects_second = pair_places(batch.defects, true, images, device),
              .is_defect = torch::tensor(batch.is_defect)
                               .repeat_interleave(std::ssize(batch.defects) / images)
                               .to(device),
              .other = teacher_ ? images_of(batch.other, device) : at::Tensor(),
              .images = images,
              .width = batch.views.width,
              .height = batch.views.height};
  const auto stages = network.stages(images_of(batch.views, device));
  std::vector<at::Tensor> maps;
  for (const Level& level : levels_) maps.push_back(stages[level.stage]);
  if (head_reads_more_) maps.push_back(network.features_of(stages));

  train::Losses sum = level_losses(0, maps[0], views);
  for (size_t i = 1; i < maps.size(); ++i) {
    const train::Losses more = level_losses(i, maps[i], views);
    sum.total = sum.total + more.total;
    for (size_t k = 0; k < sum.parts.size(); ++k)
      sum.parts[k].second = sum.parts[k].second + more.parts[k].second;
  }
  const auto count = static_cast<double>(maps.size());
  sum.total = sum.total / count;
  for (auto& [name, part] : sum.parts) part = part / count;
  if (teacher_ && options_.teacher_weight > 0) {
    const at::Tensor followed = teacher_loss(stages, views);
    sum.total = sum.total + options_.teacher_weight * followed;
    sum.parts.emplace_back("teacher", followed.detach());
  }
  return sum;
}

at::Tensor spread_of(const at::Tensor& rows) {
  const torch::NoGradGuard no_grad;
  const at::Tensor unit = rows / rows.norm(2, 1, /*keepdim=*/true).clamp_min(1e-12);
  return unit.std(0).mean() * std::sqrt(static_cast<double>(rows.size(1)));
}

}  // namespace paucal::weak
