#include "weak/map/seam.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "models/autocast.h"
#include "models/layers.h"

namespace paucal::weak {
namespace {

using train::Context;
using train::Losses;
using train::TensorBatch;

constexpr double kSeamTiny = 1e-5;
constexpr double kLowest = 0.25;  // share of places that may be background in any image

at::Tensor resized(const at::Tensor& x, int64_t height, int64_t width) {
  if (x.size(2) == height && x.size(3) == width) return x;
  return torch::upsample_bilinear2d(x, {height, width}, false);
}

// Two 1×1 convolutions of the last two stages, and one over them and the colours.
class Appearance : public torch::nn::Module {
 public:
  Appearance(int channels, int before, int last, int width) {
    const int third = std::max(1, width / 3);
    before_ = register_module("before", models::conv({.in = before, .out = third, .kernel = 1}));
    last_ = register_module("last", models::conv({.in = last, .out = 2 * third, .kernel = 1}));
    all_ = register_module("all",
                           models::conv({.in = channels + 3 * third, .out = width, .kernel = 1}));
  }

  // The network does not learn through what is compared (detached, section 3.3).
  at::Tensor forward(const at::Tensor& images, const std::vector<at::Tensor>& stages,
                     int64_t height, int64_t width) {
    const at::Tensor before = before_->forward(stages[stages.size() - 2].detach()).relu();
    const at::Tensor last = last_->forward(stages.back().detach()).relu();
    return all_->forward(torch::cat({resized(images, height, width), resized(before, height, width),
                                     resized(last, height, width)},
                                    1));
  }

 private:
  std::shared_ptr<torch::nn::Conv2dImpl> before_, last_, all_;
};

// What one scale says.
struct Scale {
  at::Tensor maps;    // [N, K, h, w], normalised
  at::Tensor spread;  // the same after the attention, with background
};

class Seam : public train::Method {
 public:
  Seam(const SeamSetting& setting, std::shared_ptr<train::MapMethod> map_method,
       models::ImageModel& model)
      : setting_(setting), map_method_(std::move(map_method)) {
    std::vector<at::Tensor> stages;
    {
      const torch::NoGradGuard no_grad;
      const bool training = model.is_training();
      model.eval();
      const int64_t side = std::max(64, setting.multiple);
      const auto like = model.parameters().front().options();
      stages = model.stages(torch::zeros({1, model.options().channels, side, side}, like));
      model.train(training);
    }
    if (stages.size() < 2)
      fail("seam", "{} has {} stages, expected two or more to compare places by",
           model.options().arch, stages.size());
    appearance_ = std::make_shared<Appearance>(
        model.options().channels, static_cast<int>(stages[stages.size() - 2].size(1)),
        static_cast<int>(stages.back().size(1)), setting.options.width);
    models::init_weights(*appearance_, model.options().seed);
  }

  Losses step(const TensorBatch& batch, Context& context) override {
    const TensorBatch small = shrunk(batch);
    const at::Tensor shown = shown_channels(batch);
    Losses losses;
    const Scale large_scale = look(batch, shown, context, losses);
    const Scale small_scale = look(small, shown, context, losses);

    // Compared at the small one's cells, as the paper does.
    const int64_t h = small_scale.maps.size(2), w = small_scale.maps.size(3);
    const at::Tensor large_maps = resized(large_scale.maps, h, w);
    const at::Tensor large_spread = resized(large_scale.spread, h, w);
    const at::Tensor same = (large_maps - small_scale.maps).abs().mean();
    const at::Tensor cross = differing(with_background(small_scale.maps), large_spread) +
                             differing(with_background(large_maps), small_scale.spread);
    // The attention learns from the cross term; the map learns what the attention says.
    const at::Tensor taught =
        (with_background(large_maps) - large_spread.detach()).abs().mean() +
        (with_background(small_scale.maps) - small_scale.spread.detach()).abs().mean();
    const at::Tensor low =
        (background_excess(large_spread, shown) + background_excess(small_scale.spread, shown)) / 2;
    losses.total = losses.total + setting_.options.weight * (same + cross + taught + low);
    losses.parts.emplace_back("equivariance_loss", same.detach());
    losses.parts.emplace_back("cross_loss", cross.detach());
    losses.parts.emplace_back("attention_loss", taught.detach());
    return losses;
  }

  train::TensorMap state() const override { return map_method_->state(); }
  void load_state(const train::TensorMap& state) override { map_method_->load_state(state); }
  std::shared_ptr<torch::nn::Module> heads() const override { return appearance_; }

 private:
  // [N, K]
  at::Tensor shown_channels(const TensorBatch& batch) const {
    const int64_t k = 1 + *std::ranges::max_element(setting_.channel);
    at::Tensor table = torch::zeros({static_cast<int64_t>(setting_.channel.size()), k});
    for (size_t label = 0; label < setting_.channel.size(); ++label)
      if (setting_.channel[label] >= 0)
        table[static_cast<int64_t>(label)][setting_.channel[label]] = 1;
    at::Tensor shown = table.to(batch.labels.device()).index_select(0, batch.labels);
    // A pasted defect is none of its image's label, and is there all the same.
    if (batch.pasted.defined() && batch.pasted.any().item<bool>())
      shown = torch::where(batch.pasted.unsqueeze(1), torch::ones_like(shown), shown);
    return shown;
  }

  TensorBatch shrunk(const TensorBatch& batch) const {
    const auto side = [&](int64_t length) {
      const double wanted = setting_.options.scale * static_cast<double>(length);
      return std::max<int64_t>(1, std::llround(wanted / setting_.multiple)) * setting_.multiple;
    };
    const int64_t h = side(batch.images.size(2)), w = side(batch.images.size(3));
    TensorBatch small = batch;
    small.images = resized(batch.images, h, w);
    small.valid = torch::upsample_nearest2d(batch.valid, {h, w});
    // A defect of one pixel must not vanish.
    if (batch.masks.defined())
      small.masks = std::get<0>(torch::adaptive_max_pool2d(batch.masks, {h, w}));
    const auto fx = static_cast<float>(w) / static_cast<float>(batch.images.size(3));
    const auto fy = static_cast<float>(h) / static_cast<float>(batch.images.size(2));
    for (auto& targets : small.targets)
      for (data::Target& target : targets) {
        edge::Box& box = target.box;
        box = {box.x0 * fx, box.y0 * fy, box.x1 * fx, box.y1 * fy};
      }
    return small;
  }

  Scale look(const TensorBatch& batch, const at::Tensor& shown, Context& context,
             Losses& losses) const {
    models::ImageModel& model = context.model;
    std::vector<at::Tensor> stages;
    at::Tensor map;
    {
      const models::Autocast autocast(batch.images.device().type());
      stages = model.stages(batch.images);
      map = model.map_of(model.features_of(stages));
    }
    for (at::Tensor& stage : stages) stage = models::in_float(stage);
    Losses own = map_method_->losses_of(map, batch, context);
    losses.total = losses.total.defined() ? losses.total + own.total / 2 : own.total / 2;
    if (losses.parts.empty()) losses.parts = std::move(own.parts);

    const int64_t most = setting_.options.cells;
    const int64_t h = std::min(most, map.size(2)), w = std::min(most, map.size(3));
    const at::Tensor cells = torch::adaptive_avg_pool2d(map.to(at::kFloat), {h, w});
    Scale scale;
    scale.maps = normalised_maps(cells.narrow(1, 0, shown.size(1)), shown);
    const at::Tensor features = appearance_->forward(batch.images, stages, h, w);
    // Only the strongest class of a place spreads, and the network does not learn through it.
    at::Tensor all = with_background(scale.maps).detach();
    all = all * (all == all.amax(1, true)).to(all.dtype());
    scale.spread = spread_maps(all, features);
    return scale;
  }

  // Mean of the places where a map and the one-hot of the other's strongest class differ most.
  at::Tensor differing(const at::Tensor& maps, const at::Tensor& spread) const {
    const at::Tensor target = (maps.detach() * (maps == maps.amax(1, true)).to(maps.dtype()));
    const at::Tensor difference = (target - spread).abs().flatten(1);
    const auto count = std::max<int64_t>(
        1, static_cast<int64_t>(setting_.options.top * static_cast<double>(difference.size(1))));
    return std::get<0>(difference.topk(count, 1)).mean();
  }

  // The lowest places of each map should be background (min-pooling, section 3.4).
  static at::Tensor background_excess(const at::Tensor& spread, const at::Tensor& shown) {
    const at::Tensor maps = spread.narrow(1, 1, shown.size(1)) * shown.unsqueeze(2).unsqueeze(3);
    const at::Tensor flat = maps.flatten(2);
    const auto count =
        std::max<int64_t>(1, static_cast<int64_t>(kLowest * static_cast<double>(flat.size(2))));
    return std::get<0>(flat.topk(count, 2, /*largest=*/false)).relu().mean();
  }

  SeamSetting setting_;
  std::shared_ptr<train::MapMethod> map_method_;
  std::shared_ptr<Appearance> appearance_;
};

}  // namespace

at::Tensor normalised_maps(const at::Tensor& maps, const at::Tensor& shown) {
  const at::Tensor positive = maps.relu();
  return positive / (positive.amax({2, 3}, true) + kSeamTiny) * shown.unsqueeze(2).unsqueeze(3);
}

at::Tensor with_background(const at::Tensor& maps) {
  return torch::cat({1 - maps.amax(1, true), maps}, 1);
}

at::Tensor spread_maps(const at::Tensor& maps, const at::Tensor& features) {
  const at::Tensor places = features.flatten(2);
  const at::Tensor unit = places / (places.norm(2, 1, true) + kSeamTiny);
  const at::Tensor alike = torch::bmm(unit.transpose(1, 2), unit).relu();  // [N, hw, hw]
  const at::Tensor share = alike / (alike.sum(1, true) + kSeamTiny);
  return torch::bmm(maps.flatten(2), share).view(maps.sizes());
}

std::shared_ptr<train::Method> make_seam(const SeamSetting& setting,
                                         std::shared_ptr<train::MapMethod> map_method,
                                         models::ImageModel& model) {
  return std::make_shared<Seam>(setting, std::move(map_method), model);
}

}  // namespace paucal::weak
