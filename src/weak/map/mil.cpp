#include "weak/map/mil.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>

#include "train/pooling.h"
#include "weak/map/map_boxes.h"

namespace paucal::weak {
namespace {

using train::Context;
using train::Losses;
using train::TensorBatch;

// Sum of x where w is 1, over the number of such places; per image.
at::Tensor mean_where(const at::Tensor& x, const at::Tensor& w) {
  return (x * w).sum({1, 2, 3}) / w.sum({1, 2, 3}).clamp_min(1);
}

class Mil : public train::MapMethod {
 public:
  Mil(const MilOptions& options, std::vector<int64_t> defect_channel, int upscale)
      : options_(options),
        upscale_(upscale),
        channel_(torch::tensor(defect_channel, at::kLong)),
        classes_(*std::ranges::max_element(defect_channel)) {}

  Losses losses_of(const at::Tensor& logits, const TensorBatch& batch,
                   const Context& context) override {
    const at::Tensor map = logits.to(at::kFloat);
    const at::Tensor peaks = upscale_ == 1 ? map : torch::max_pool2d(map, upscale_);
    const at::Tensor cells = train::valid_cells(batch.valid, peaks);
    const at::Tensor channel = channel_.to(map.device()).index_select(0, batch.labels);
    const at::Tensor ng = channel >= 0;

    const at::Tensor image = image_loss(peaks, cells, batch, ng, context);
    const at::Tensor places = train::valid_cells(batch.valid, map);
    const at::Tensor pixel = pixel_loss(map, places, batch, ng);
    Losses losses;
    losses.total = options_.image_weight * image + options_.pixel_weight * pixel;
    losses.parts = {{"image_loss", image.detach()}, {"pixel_loss", pixel.detach()}};
    if (const at::Tensor box = box_loss(map, places, batch, ng); box.defined()) {
      losses.total = losses.total + options_.box_weight * box;
      losses.parts.emplace_back("map_box_loss", box.detach());
    }
    if (classes_ > 0 && options_.class_weight > 0) {
      const at::Tensor kind = class_loss(peaks, cells, batch, channel, context);
      losses.total = losses.total + options_.class_weight * kind;
      losses.parts.emplace_back("class_loss", kind.detach());
    }
    return losses;
  }

 private:
  // Real images only: that a pasted defect is one is the pixel loss's to say.
  at::Tensor image_loss(const at::Tensor& map, const at::Tensor& cells, const TensorBatch& batch,
                        const at::Tensor& ng, const Context& context) const {
    const double share = top_share_at(context.step, context.total_steps, options_);
    const at::Tensor scores =
        train::top_pool(map.narrow(1, kAnyDefect, 1), cells, share).squeeze(1);
    const at::Tensor each = torch::binary_cross_entropy_with_logits(scores, ng.to(at::kFloat), {},
                                                                    {}, at::Reduction::None);
    const at::Tensor real = (~batch.pasted).to(at::kFloat);
    return (each * real).sum() / real.sum().clamp_min(1);
  }

  at::Tensor class_loss(const at::Tensor& map, const at::Tensor& cells, const TensorBatch& batch,
                        const at::Tensor& channel, const Context& context) const {
    const double share = top_share_at(context.step, context.total_steps, options_);
    const at::Tensor scores = train::top_pool(map.narrow(1, 1, classes_), cells, share);
    const at::Tensor target =
        (channel.unsqueeze(1) == torch::arange(1, classes_ + 1, channel.options())).to(at::kFloat);
    const at::Tensor each =
        torch::binary_cross_entropy_with_logits(scores, target, {}, {}, at::Reduction::None)
            .mean(1);
    const at::Tensor real = (~batch.pasted).to(at::kFloat);
    return (each * real).sum() / real.sum().clamp_min(1);
  }

  // Focal loss and overlap on images whose every pixel is known: OK ones, pasted or not.
  at::Tensor pixel_loss(const at::Tensor& map, const at::Tensor& cells, const TensorBatch& batch,
                        const at::Tensor& ng) const {
    const at::Tensor known = (~ng).nonzero().squeeze(1);
    if (known.numel() == 0) return map.sum() * 0;
    const at::Tensor z = map.narrow(1, kAnyDefect, 1).index_select(0, known);
    const at::Tensor valid = cells.index_select(0, known);
    // A cell is a defect if any of its pixels is: a scratch of one pixel must not vanish.
    const at::Tensor target = std::get<0>(
        torch::adaptive_max_pool2d(batch.masks.index_select(0, known), {z.size(2), z.size(3)}));
    const at::Tensor inside = target * valid, outside = (1 - target) * valid;

    const at::Tensor p = z.sigmoid();
    const at::Tensor right = p * target + (1 - p) * (1 - target);
    const at::Tensor focal =
        (1 - right).pow(options_.focal_gamma) *
        torch::binary_cross_entropy_with_logits(z, target, {}, {}, at::Reduction::None);
    const at::Tensor has = (inside.sum({1, 2, 3}) > 0).to(at::kFloat);
    const at::Tensor images = has.sum().clamp_min(1);
    const at::Tensor overlap = (2 * (p * inside).sum({1, 2, 3}) + 1) /
                               ((p * valid).sum({1, 2, 3}) + inside.sum({1, 2, 3}) + 1);
    const at::Tensor loss = (mean_where(focal, inside) * has).sum() / images +
                            options_.negative_weight * mean_where(focal, outside).mean() +
                            options_.dice_weight * ((1 - overlap) * has).sum() / images;
    if (options_.edge_weight <= 0) return loss;
    const at::Tensor near = just_outside(target, stride_of(batch, z)) * valid;
    return loss + options_.edge_weight * (mean_where(focal, near) * has).sum() / images;
  }

  // NG images whose boxes are given. Undefined where the batch has none.
  at::Tensor box_loss(const at::Tensor& map, const at::Tensor& places, const TensorBatch& batch,
                      const at::Tensor& ng) const {
    if (batch.targets.empty() || options_.box_weight <= 0) return {};
    const at::Tensor is_ng = ng.cpu();
    return map_box_loss(map, places, batch, options_,
                        [&](size_t image, const data::Target&) -> int64_t {
                          return is_ng[static_cast<int64_t>(image)].item<bool>() ? kAnyDefect : -1;
                        });
  }

  MilOptions options_;
  int upscale_;
  at::Tensor channel_;
  int64_t classes_;
};

}  // namespace

std::shared_ptr<train::MapMethod> make_mil(const MilOptions& options,
                                           std::vector<int64_t> defect_channel, int upscale) {
  return std::make_shared<Mil>(options, std::move(defect_channel), upscale);
}

double top_share_at(int64_t step, int64_t total_steps, const MilOptions& options) {
  const double length = options.anneal * static_cast<double>(total_steps);
  const double done = length > 0 ? std::min(1., static_cast<double>(step) / length) : 1;
  return options.top_start * std::pow(options.top / options.top_start, done);
}

}  // namespace paucal::weak
