#include "weak/map/map_boxes.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <map>

#include "train/pooling.h"
#include "weak/map/box_projection.h"

namespace paucal::weak {
namespace {

using train::Context;
using train::Losses;
using train::TensorBatch;

// Elsewhere on an image whose boxes are guesses there may be more objects.
constexpr double kOutsideBoxes = 0.25;

// A guessed side is right to within so many network pixels: nothing is said of what lies nearer.
// Else the map would learn how far the guesses of the run before were off.
constexpr float kGuessedSide = 2;

// How far "just outside" reaches, in network pixels.
constexpr double kJustOutside = 8;

edge::Box grown(const edge::Box& box, float by) {
  const float x = std::min(by, box.width()), y = std::min(by, box.height());
  return {box.x0 - x, box.y0 - y, box.x1 + x, box.y1 + y};
}
edge::Box shrunk(const edge::Box& box, float by) {
  const float x = std::min(by, box.width() / 2), y = std::min(by, box.height() / 2);
  return {box.x0 + x, box.y0 + y, box.x1 - x, box.y1 - y};
}

// Focal loss of places [h, w] where nothing is.
at::Tensor empty_places(const at::Tensor& z, const MilOptions& options) {
  return z.sigmoid().pow(options.focal_gamma) * torch::softplus(z);
}

// One channel of one image.
struct Taught {
  at::Tensor sides;        // sum over boxes, each as much as it is believed
  double side_weight = 0;  // how much that is in all
  at::Tensor outside;
};

Taught teach(const at::Tensor& z, const at::Tensor& valid, double stride, bool drawn,
             const std::vector<const data::Target*>& targets, const MilOptions& options) {
  const int64_t h = z.size(0), w = z.size(1);
  const at::Tensor p = z.sigmoid();
  at::Tensor free = valid.clone();
  Taught taught;
  for (const data::Target* target : targets) {
    const float unsure = drawn ? 0 : kGuessedSide;
    const MapRectangle around = places_in(grown(target->box, unsure), stride, w, h);
    free.slice(0, around.y0, around.y1).slice(1, around.x0, around.x1).zero_();
    const MapRectangle box = places_in(shrunk(target->box, unsure), stride, w, h);
    const at::Tensor side = target->weight * projection_loss(p, box);
    taught.sides = taught.sides.defined() ? taught.sides + side : side;
    taught.side_weight += target->weight;
  }
  const at::Tensor focal = empty_places(z, options);
  taught.outside = options.negative_weight * (focal * free).sum() / free.sum().clamp_min(1);
  if (options.edge_weight > 0) {
    const at::Tensor within = (valid - free).view({1, 1, h, w});
    const at::Tensor near = just_outside(within, stride)[0][0] * free;
    taught.outside =
        taught.outside + options.edge_weight * (focal * near).sum() / near.sum().clamp_min(1);
  }
  taught.outside = (drawn ? 1. : kOutsideBoxes) * taught.outside;
  return taught;
}

class MapBoxes : public train::MapMethod {
 public:
  MapBoxes(const MilOptions& options, std::shared_ptr<train::MapMethod> labels)
      : options_(options), labels_(std::move(labels)) {}

  Losses losses_of(const at::Tensor& logits, const TensorBatch& batch,
                   const Context& context) override {
    Losses losses = labels_->losses_of(logits, batch, context);
    const at::Tensor map = logits.to(at::kFloat);
    const at::Tensor places = train::valid_cells(batch.valid, map);
    const at::Tensor box =
        map_box_loss(map, places, batch, options_,
                     [](size_t, const data::Target& target) -> int64_t { return target.label; });
    if (!box.defined()) return losses;
    const at::Tensor total = box + options_.negative_weight * other_classes(map, places, batch);
    losses.total = losses.total + options_.box_weight * total;
    losses.parts.emplace_back("map_box_loss", total.detach());
    return losses;
  }

  train::TensorMap state() const override { return labels_->state(); }
  void load_state(const train::TensorMap& state) override { labels_->load_state(state); }
  std::shared_ptr<torch::nn::Module> heads() const override { return labels_->heads(); }

 private:
  // What the maps of the classes say that an image with boxes does not show.
  at::Tensor other_classes(const at::Tensor& map, const at::Tensor& places,
                           const TensorBatch& batch) const {
    at::Tensor sum = map.sum() * 0;
    double count = 0;
    for (size_t i = 0; i < batch.targets.size(); ++i) {
      if (batch.targets[i].empty()) continue;
      const auto n = static_cast<int64_t>(i);
      const at::Tensor each =
          (empty_places(map[n], options_) * places[n]).sum({1, 2}) / places[n].sum().clamp_min(1);
      sum = sum + each.sum();
      for (const int64_t shown : shown_by(batch, i)) sum = sum - each[shown];
      ++count;
    }
    return sum / std::max(1., count * static_cast<double>(map.size(1)));
  }

  static std::vector<int64_t> shown_by(const TensorBatch& batch, size_t image) {
    std::vector<int64_t> shown{batch.labels[static_cast<int64_t>(image)].item<int64_t>()};
    for (const data::Target& target : batch.targets[image])
      if (std::ranges::find(shown, target.label) == shown.end()) shown.push_back(target.label);
    return shown;
  }

  MilOptions options_;
  std::shared_ptr<train::MapMethod> labels_;
};

}  // namespace

at::Tensor just_outside(const at::Tensor& inside, double stride) {
  const auto reach = std::max<int64_t>(1, std::llround(kJustOutside / stride));
  const int64_t side = 2 * reach + 1;  // by rows, then by columns: far fewer comparisons
  const at::Tensor rows = torch::max_pool2d(inside, {1, side}, {1, 1}, {0, reach});
  return torch::max_pool2d(rows, {side, 1}, {1, 1}, {reach, 0}) - inside;
}

double stride_of(const TensorBatch& batch, const at::Tensor& map) {
  return static_cast<double>(batch.images.size(3)) / static_cast<double>(map.size(3));
}

at::Tensor map_box_loss(
    const at::Tensor& map, const at::Tensor& places, const TensorBatch& batch,
    const MilOptions& options,
    const std::function<int64_t(size_t image, const data::Target& target)>& channel_of) {
  const double stride = stride_of(batch, map);
  at::Tensor sides, outside;
  double side_weight = 0, images = 0;
  for (size_t i = 0; i < batch.targets.size(); ++i) {
    const bool drawn = batch.supervision[i] == data::Supervision::kBoxes;
    if (!drawn && batch.supervision[i] != data::Supervision::kTag) continue;
    std::map<int64_t, std::vector<const data::Target*>> channels;
    for (const data::Target& target : batch.targets[i])
      if (const int64_t channel = channel_of(i, target); channel >= 0)
        channels[channel].push_back(&target);
    const auto n = static_cast<int64_t>(i);
    for (const auto& [channel, targets] : channels) {
      const Taught taught = teach(map[n][channel], places[n][0], stride, drawn, targets, options);
      sides = sides.defined() ? sides + taught.sides : taught.sides;
      outside = outside.defined() ? outside + taught.outside : taught.outside;
      side_weight += taught.side_weight;
    }
    images += !channels.empty();
  }
  if (!sides.defined()) return {};
  return sides / std::max(side_weight, 1e-6) + outside / images;
}

std::shared_ptr<train::MapMethod> make_map_boxes(const MilOptions& options,
                                                 std::shared_ptr<train::MapMethod> labels) {
  return std::make_shared<MapBoxes>(options, std::move(labels));
}

}  // namespace paucal::weak
