#include "weak/dense/dense_targets.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace paucal::weak {
namespace {

constexpr float kTie = 1e-3f;  // weight of distance against IoU: it only decides between equals

float squared_distance(const edge::Box& box, float x, float y) {
  const float dx = (box.x0 + box.x1) / 2 - x, dy = (box.y0 + box.y1) / 2 - y;
  return dx * dx + dy * dy;
}

int64_t nearest_anchor(const AnchorGrid& grid, const ValidSize& valid, float x, float y) {
  int64_t best = -1;
  float distance = std::numeric_limits<float>::infinity();
  for (int64_t i = 0; i < grid.size(); ++i) {
    const edge::Box& anchor = grid.boxes[static_cast<size_t>(i)];
    if (!valid.holds(anchor)) continue;
    const float d = squared_distance(anchor, x, y);
    if (d >= distance) continue;
    distance = d;
    best = i;
  }
  return best;
}

struct Candidate {
  float quality = 0, iou = 0;
  int64_t anchor = 0;
  bool operator<(const Candidate& other) const {
    return quality != other.quality ? quality > other.quality : anchor < other.anchor;
  }
};

// Valid anchors that share area with the box, the best `count` first.
std::vector<Candidate> candidates_of(const AnchorGrid& grid, const ValidSize& valid,
                                     const edge::Box& box) {
  const float x = (box.x0 + box.x1) / 2, y = (box.y0 + box.y1) / 2;
  const float scale = std::hypot(box.width(), box.height());
  std::vector<Candidate> candidates;
  for (int64_t i = 0; i < grid.size(); ++i) {
    const edge::Box& anchor = grid.boxes[static_cast<size_t>(i)];
    if (anchor.x1 <= box.x0 || anchor.x0 >= box.x1 || anchor.y1 <= box.y0 || anchor.y0 >= box.y1)
      continue;
    if (!valid.holds(anchor)) continue;
    const float overlap = edge::iou(anchor, box);
    candidates.push_back(
        {overlap - kTie * std::sqrt(squared_distance(anchor, x, y)) / scale, overlap, i});
  }
  if (candidates.empty())
    if (const int64_t near = nearest_anchor(grid, valid, x, y); near >= 0)
      candidates.push_back({0, 0, near});
  return candidates;
}

}  // namespace

FlatOutput flatten(const models::DenseOutput& output, int classes) {
  const auto all = [](const std::vector<at::Tensor>& levels, int64_t depth) {
    std::vector<at::Tensor> flat;
    for (const at::Tensor& level : levels) {
      const int64_t n = level.size(0), h = level.size(2), w = level.size(3);
      flat.push_back(
          level.permute({0, 2, 3, 1}).reshape({n, h * w * (level.size(1) / depth), depth}));
    }
    return (flat.size() == 1 ? flat[0] : torch::cat(flat, 1)).to(at::kFloat);
  };
  return {all(output.logits, classes), all(output.deltas, 4)};
}

const AnchorGrid& AnchorCache::of(const models::DenseOutput& output, std::span<const int> strides) {
  const auto device = output.deltas.at(0).device();
  std::vector<std::array<int64_t, 3>> key;
  for (size_t i = 0; i < output.deltas.size(); ++i)
    key.push_back({strides[i], output.deltas[i].size(3), output.deltas[i].size(2)});
  if (key == key_ && grid_.tensor.device() == device) return grid_;
  key_ = key;
  grid_.boxes.clear();
  for (const auto& [stride, width, height] : key) {
    const auto level = edge::make_anchors(options_, static_cast<int>(stride),
                                          static_cast<int>(width), static_cast<int>(height));
    grid_.boxes.insert(grid_.boxes.end(), level.begin(), level.end());
  }
  static_assert(sizeof(edge::Box) == 4 * sizeof(float));
  grid_.tensor =
      torch::from_blob(grid_.boxes.data(), {grid_.size(), 4}, at::kFloat).clone().to(device);
  return grid_;
}

std::vector<ValidSize> valid_sizes(const at::Tensor& valid) {
  const at::Tensor width = valid.amax({1, 2}).sum(1).to(at::kCPU, at::kFloat).contiguous();
  const at::Tensor height = valid.amax({1, 3}).sum(1).to(at::kCPU, at::kFloat).contiguous();
  std::vector<ValidSize> sizes;
  for (int64_t i = 0; i < valid.size(0); ++i)
    sizes.push_back({width.data_ptr<float>()[i], height.data_ptr<float>()[i]});
  return sizes;
}

at::Tensor valid_anchors(const AnchorGrid& grid, std::span<const ValidSize> sizes) {
  std::vector<float> limits;
  for (const ValidSize& size : sizes) limits.insert(limits.end(), {size.width, size.height});
  const at::Tensor limit = torch::tensor(limits)
                               .view({static_cast<int64_t>(sizes.size()), 1, 2})
                               .to(grid.tensor.device());
  const at::Tensor centre = (grid.tensor.narrow(1, 0, 2) + grid.tensor.narrow(1, 2, 2)) / 2;
  return (centre.unsqueeze(0) < limit).all(2);
}

Assignment assign_anchors(const AnchorGrid& grid, const ValidSize& valid,
                          std::span<const data::Target> targets, const AssignOptions& options) {
  struct Owner {
    float quality = -std::numeric_limits<float>::infinity();
    int target = -1;
    bool sole = false;  // the one anchor that a target must have
  };
  Assignment result;
  std::vector<Owner> owners(grid.boxes.size());
  std::vector<std::pair<float, int>> order;  // targets, the best served one first
  std::vector<std::vector<Candidate>> best(targets.size());
  for (size_t t = 0; t < targets.size(); ++t) {
    if (!(targets[t].box.area() > 0)) continue;
    const auto target = static_cast<int>(t);
    std::vector<Candidate> candidates = candidates_of(grid, valid, targets[t].box);
    if (candidates.empty()) continue;
    // As many as may be taken by others, and one more.
    const size_t wanted = std::max<size_t>(options.nearest, targets.size());
    const auto middle =
        candidates.begin() + static_cast<std::ptrdiff_t>(std::min(wanted, candidates.size()));
    std::partial_sort(candidates.begin(), middle, candidates.end());
    const size_t near = std::min<size_t>(options.nearest, candidates.size());
    float mean = 0;
    for (size_t i = 0; i < near; ++i) mean += candidates[i].iou / static_cast<float>(near);
    mean -= 1e-5f;  // of equals all
    for (size_t i = 0; i < candidates.size(); ++i) {
      const Candidate& c = candidates[i];
      if (c.iou >= options.positive || (i < near && c.iou >= mean)) {
        Owner& owner = owners[static_cast<size_t>(c.anchor)];
        if (c.quality > owner.quality) owner = {c.quality, target};
      }
      if (c.iou >= options.unsure) result.unsure.push_back({c.anchor, target});
    }
    order.emplace_back(-candidates[0].quality, target);
    candidates.erase(middle, candidates.end());
    best[t] = std::move(candidates);
  }
  std::sort(order.begin(), order.end());
  for (const auto& [quality, target] : order)
    for (const Candidate& c : best[static_cast<size_t>(target)]) {
      Owner& owner = owners[static_cast<size_t>(c.anchor)];
      if (owner.sole) continue;
      owner = {c.quality, target, true};
      break;
    }
  for (size_t i = 0; i < owners.size(); ++i)
    if (owners[i].target >= 0)
      result.positives.push_back({static_cast<int64_t>(i), owners[i].target});
  return result;
}

std::vector<int64_t> anchors_at(const AnchorGrid& grid, const ValidSize& valid, float x, float y) {
  std::vector<int64_t> found;
  for (int64_t i = 0; i < grid.size(); ++i) {
    const edge::Box& anchor = grid.boxes[static_cast<size_t>(i)];
    if (x >= anchor.x0 && x < anchor.x1 && y >= anchor.y0 && y < anchor.y1 && valid.holds(anchor))
      found.push_back(i);
  }
  if (found.empty())
    if (const int64_t near = nearest_anchor(grid, valid, x, y); near >= 0) found.push_back(near);
  return found;
}

}  // namespace paucal::weak
