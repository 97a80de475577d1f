#include "weak/dense/seeds.h"

#include <torch/torch.h>

#include <algorithm>

#include "base/error.h"
#include "edge/post/boxes.h"

namespace paucal::weak {
namespace {

constexpr float kHalf = 0.5f;  // of the peak: exact for a perfect map, see edge/post/boxes.h
// A second object must be nearly as sure as the first one (MIST and PCL want many seeds, too).
constexpr float kOfBest = 0.6f;
constexpr size_t kMostSeeds = 5;
constexpr float kAgree = 0.3f;  // IoU

edge::Box clipped(const edge::Box& box, const ValidSize& valid) {
  return {std::max(box.x0, 0.f), std::max(box.y0, 0.f), std::min(box.x1, valid.width),
          std::min(box.y1, valid.height)};
}

bool contains(const edge::Box& box, const edge::Box& other) {
  const float x = (other.x0 + other.x1) / 2, y = (other.y0 + other.y1) / 2;
  return x >= box.x0 && x < box.x1 && y >= box.y0 && y < box.y1;
}

bool agree(const edge::Box& a, const edge::Box& b) {
  return edge::iou(a, b) >= kAgree || contains(a, b);
}

// The head's best box of the class that agrees with a box; null where none does.
const edge::ScoredBox* partner(const std::vector<edge::ScoredBox>& head, const edge::Box& box,
                               int label) {
  for (const edge::ScoredBox& found : head)
    if (found.label == label && agree(box, found.box)) return &found;
  return nullptr;
}

float best_score(const std::vector<edge::ScoredBox>& head, int label) {
  for (const edge::ScoredBox& found : head)
    if (found.label == label) return found.score;
  return 0;
}

enum class Sides { kMap, kHead };

Guesses find(const DenseScene& scene, const FlatOutput& output, const MapChannels& channels,
             Sides sides) {
  const edge::NmsOptions nms{.score = 0, .iou = .3, .candidates = 100, .max_boxes = 10};
  const at::Tensor map = scene.step.seen.map.detach();
  const int stride = scene.step.detector.map_stride();
  Guesses guesses(scene.images());
  for (size_t i = 0; i < scene.images(); ++i) {
    if (!scene.wants_guesses(i)) continue;
    const bool points = scene.supervision(i) == data::Supervision::kPoints;
    const std::vector<data::Target>& given = scene.step.batch.targets[i];
    const std::vector<edge::ScoredBox> head = head_boxes(scene, output, i, nms);
    for (int k = 0; k < scene.classes; ++k) {
      const auto is_of_class = [&](const data::Target& point) { return point.label == k; };
      const bool shown = points ? std::ranges::any_of(given, is_of_class)
                                : scene.present[i][static_cast<size_t>(k)];
      if (!shown) continue;
      const float enough = kOfBest * best_score(head, k);
      for (const edge::ScoredBox& on_map :
           map_boxes(map, static_cast<int64_t>(i), k, channels, stride, scene.sizes[i])) {
        // Two points in one component: it reaches over both objects.
        if (points && std::ranges::count_if(given, [&](const data::Target& point) {
                        return is_of_class(point) && contains(on_map.box, point.box);
                      }) != 1)
          continue;
        const edge::ScoredBox* found = partner(head, on_map.box, k);
        if (!found || found->score < enough) continue;
        const auto weight = static_cast<float>(scene.options.seed_weight) * found->score;
        guesses[i].push_back({sides == Sides::kMap ? on_map.box : found->box, k, weight});
      }
    }
  }
  return guesses;
}

}  // namespace

std::vector<edge::ScoredBox> map_boxes(const at::Tensor& map, int64_t image, int label,
                                       const MapChannels& channels, int stride,
                                       const ValidSize& valid) {
  const int64_t channel =
      channels.channels.empty() ? label : channels.channels.at(static_cast<size_t>(label));
  if (channel >= map.size(1))
    fail("detection", "box class {}: channel {} of the class map, expected below {}", label,
         channel, map.size(1));
  const at::Tensor logits = map[image].to(at::kCPU, at::kFloat);
  const at::Tensor heat = channels.softmax && logits.size(0) > 1
                              ? torch::softmax(logits, 0)[channel]
                              : logits[channel].sigmoid();
  const int64_t h = heat.size(0) * stride, w = heat.size(1) * stride;
  const at::Tensor fine =
      torch::upsample_bilinear2d(heat.view({1, 1, heat.size(0), heat.size(1)}), {h, w}, false)
          .narrow(2, 0, std::clamp<int64_t>(static_cast<int64_t>(valid.height), 0, h))
          .narrow(3, 0, std::clamp<int64_t>(static_cast<int64_t>(valid.width), 0, w))
          .contiguous();
  if (fine.numel() == 0) return {};
  edge::Map pixels(static_cast<int>(fine.size(3)), static_cast<int>(fine.size(2)));
  std::copy_n(fine.data_ptr<float>(), pixels.values.size(), pixels.values.begin());
  const float peak = *std::ranges::max_element(pixels.values);
  std::vector<edge::ScoredBox> boxes;
  for (const edge::Component& c : edge::find_components(pixels, kOfBest * peak, kHalf * peak)) {
    boxes.push_back({c.box, static_cast<float>(c.peak), label});
    if (boxes.size() == kMostSeeds) break;
  }
  return boxes;
}

std::vector<edge::ScoredBox> head_boxes(const DenseScene& scene, const FlatOutput& output,
                                        size_t image, const edge::NmsOptions& nms) {
  const torch::NoGradGuard no_grad;
  const auto number = static_cast<int64_t>(image);
  std::vector<edge::ScoredBox> boxes;
  for (int k = 0; k < scene.classes; ++k) {
    const at::Tensor logits =
        output.logits[number].select(1, k).masked_fill(~scene.valid[number], -1e4);
    const auto count = std::min<int64_t>(nms.candidates, logits.size(0));
    if (count == 0) continue;
    const auto [best, places] = logits.topk(count);
    const at::Tensor decoded = decode_boxes(scene.grid.tensor.index_select(0, places),
                                            output.deltas[number].index_select(0, places))
                                   .cpu()
                                   .contiguous();
    const at::Tensor scores = best.sigmoid().cpu().contiguous();
    for (int64_t i = 0; i < count; ++i) {
      const float* sides = decoded.data_ptr<float>() + 4 * i;
      const edge::Box box = clipped({sides[0], sides[1], sides[2], sides[3]}, scene.sizes[image]);
      if (box.area() > 0) boxes.push_back({box, scores.data_ptr<float>()[i], k});
    }
  }
  return edge::nms(std::move(boxes), nms);
}

Guesses find_seeds(const DenseScene& scene, const FlatOutput& output, const MapChannels& channels) {
  return find(scene, output, channels, Sides::kMap);
}

Guesses find_pseudo_boxes(const DenseScene& scene, const FlatOutput& output,
                          const MapChannels& channels) {
  return find(scene, output, channels, Sides::kHead);
}

}  // namespace paucal::weak
