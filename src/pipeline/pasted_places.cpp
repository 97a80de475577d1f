#include "pipeline/pasted_places.h"

#include <torch/torch.h>

#include "base/random_at.h"
#include "edge/post/views.h"
#include "metrics/metrics.h"
#include "models/memory.h"
#include "weak/one_class/fit_memory.h"

namespace paucal::pipeline {
namespace {

constexpr uint64_t kPlaceStream = 0x706c6163;  // "plac"
constexpr double kCovered = .25;               // of a cell, by a defect

edge::View view_of(const edge::ModelCard& card, const edge::Fitted& fitted) {
  return {edge::canvas_of(card, fitted), fitted.image.width, fitted.image.height, {}};
}

std::shared_ptr<models::Memory> memory_of(models::ImageModel& network, const edge::ModelCard& card,
                                          const PastedPlaces& images) {
  const weak::OkViews views{
      .count = std::ssize(images.known),
      .canvases =
          [&](int64_t i) {
            return std::vector{
                view_of(card, *images.cache.get(images.known[static_cast<size_t>(i)]))};
          },
      .owner = [](int64_t i) { return i; },
      .advance = {}};
  return weak::fit_memory(network, views, images.memory, {.seed = images.seed});
}

// The share of each cell of the map that the mask covers, [h, w] of a canvas cut into cells.
at::Tensor covered_cells(const data::Pasted& pasted, const edge::Planes& canvas,
                         const at::Tensor& map) {
  at::Tensor mask = torch::zeros({1, 1, canvas.height, canvas.width});
  const int width = pasted.image.width, height = pasted.image.height;
  const at::Tensor known =
      torch::from_blob(const_cast<uint8_t*>(pasted.mask.data()), {height, width}, at::kByte);
  mask[0][0].narrow(0, 0, height).narrow(1, 0, width).copy_(known);
  return at::adaptive_avg_pool2d(mask, {map.size(2), map.size(3)})[0][0];
}

}  // namespace

double auroc_of_pasted_places(models::ImageModel& network, const PastedPlaces& images) {
  const torch::NoGradGuard no_grad;
  network.eval();
  edge::ModelCard card;
  card.input = images.input;
  const auto memory = memory_of(network, card, images);
  std::vector<double> scores;
  std::vector<uint8_t> pasted;
  for (const int number : images.held_out) {
    const auto fitted = images.cache.get(number);
    Random random = random_at(images.seed, kPlaceStream, number);
    const auto donor = static_cast<size_t>(random.below(std::ssize(images.known)));
    const data::Pasted defect = data::paste_defect(
        fitted->image, images.cache.get(images.known[donor])->image, images.paste, random);
    edge::View view = view_of(card, {defect.image, fitted->geometry, fitted->of_whole});
    const edge::Planes& canvas = view.canvas;
    const at::Tensor x = torch::from_blob(view.canvas.values.data(),
                                          {1, canvas.channels, canvas.height, canvas.width});
    const at::Tensor map = memory->forward(x.contiguous(at::MemoryFormat::ChannelsLast)).map;
    const at::Tensor covered = covered_cells(defect, canvas, map).contiguous();
    const at::Tensor score = map[0][0].contiguous();
    for (int64_t i = 0; i < score.numel(); ++i) {
      const float share = covered.data_ptr<float>()[i];
      if (share > 0 && share < kCovered) continue;  // neither one nor the other
      scores.push_back(score.data_ptr<float>()[i]);
      pasted.push_back(share > 0);
    }
  }
  return metrics::auroc(scores, pasted);
}

}  // namespace paucal::pipeline
