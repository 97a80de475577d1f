// mil: the regions of an image are weighed against each other (WSDDN, Bilen and Vedaldi, CVPR
// 2016), and branches refine what came out (model.refine). Images without an object are bags
// without one, and all their regions background: the only labels of regions that are certain.

#include <torch/torch.h>

#include "base/error.h"
#include "models/proposals.h"
#include "weak/dense_loss.h"
#include "weak/region_seeds.h"
#include "weak/regions.h"

namespace paucal::weak {
namespace {

using data::Supervision;
using data::Target;

constexpr double kLeast = 1e-6;    // of a probability, before its logarithm
constexpr double kSpatial = 1e-4;  // weight of the spatial regulariser (WSDDN, section 3.4)

at::Tensor boxes_of(const std::vector<Target>& targets) {
  std::vector<float> values;
  for (const Target& target : targets)
    for (const float side : {target.box.x0, target.box.y0, target.box.x1, target.box.y1})
      values.push_back(side);
  return torch::tensor(values).reshape({-1, 4});
}

// What one image brings to the step.
struct Bag {
  at::Tensor boxes;  // [R, 4] the proposed regions, then drawn and guessed ones
  int64_t first = 0;
  Supervision supervision = Supervision::kTag;
  std::vector<Target> objects;  // boxes; of points, once a region is chosen for each
};

class RegionMil : public BoxMethod {
 public:
  explicit RegionMil(const BoxSetting& setting) : setting_(setting) {
    if (setting.detector.bbox_head.with_softmax && setting.classes == 1)
      fail("weak",
           "model.bbox_head.with_softmax=true with one class, expected false: a softmax over one "
           "class is always 1 and teaches nothing");
    if (setting.detector.refine.on()) refinement_ = &find_refinement(setting.detector.refine.type);
  }

  train::Losses losses(const BoxStep& step) override {
    std::vector<Bag> bags = collect(step);
    const models::RegionOutput output = step.detector.regions(step.seen.levels, rois_of(bags));
    at::Tensor bag_loss = output.deltas.sum() * 0, refine_loss = bag_loss, box_loss = bag_loss;
    for (size_t i = 0; i < bags.size(); ++i) {
      const Bag& bag = bags[i];
      const int64_t count = bag.boxes.size(0);
      if (count == 0) continue;
      const auto own = [&](const at::Tensor& all) { return all.narrow(0, bag.first, count); };
      const at::Tensor x = wsddn_scores(own(output.classes), own(output.regions),
                                        setting_.detector.bbox_head.with_softmax);
      const at::Tensor present = step.present[static_cast<int64_t>(i)];
      bag_loss = bag_loss + image_loss(x.sum(0), present) +
                 kSpatial * spatial_regulariser(own(output.features), x, bag.boxes, present);
      at::Tensor scores = x.detach();
      bool first = true;
      for (const at::Tensor& branch : output.refined) {
        const at::Tensor logits = own(branch);
        const RegionTargets targets = teach(bag, scores, present);
        refine_loss = refine_loss +
                      (first ? refinement_->first_weight : 1) * refinement_loss(logits, targets);
        if (refinement_->boxes || bag.supervision == Supervision::kBoxes)
          box_loss = box_loss + side_loss(bag, own(output.deltas), targets);
        scores = logits.detach().softmax(1).narrow(1, 0, setting_.classes);
        first = false;
      }
    }
    const auto images = static_cast<double>(std::max<size_t>(1, bags.size()));
    train::Losses result;
    result.total = (setting_.detection.image_weight * bag_loss + refine_loss +
                    setting_.detection.regression_weight * box_loss) /
                   images;
    result.parts = {{"bag_loss", bag_loss.detach() / images},
                    {"refine_loss", refine_loss.detach() / images},
                    {"box_loss", box_loss.detach() / images}};
    return result;
  }

 private:
  std::vector<Bag> collect(const BoxStep& step) const {
    std::vector<Bag> bags;
    int64_t first = 0;
    for (int64_t i = 0; i < step.seen.map.size(0); ++i) {
      Bag& bag = bags.emplace_back();
      bag.supervision = step.batch.supervision[static_cast<size_t>(i)];
      for (const Target& target : step.batch.targets[static_cast<size_t>(i)])
        if (target.box.area() > 0 || bag.supervision == Supervision::kPoints)
          bag.objects.push_back(target);
      bag.boxes = models::propose_regions(step.seen.map[i], step.detector.map_stride(),
                                          setting_.detector.regions.proposals);
      if (!bag.objects.empty() && bag.supervision != Supervision::kPoints)
        bag.boxes = torch::cat({bag.boxes, boxes_of(bag.objects)});
      bag.first = first;
      first += bag.boxes.size(0);
    }
    return bags;
  }

  static at::Tensor rois_of(const std::vector<Bag>& bags) {
    std::vector<at::Tensor> rois;
    for (size_t i = 0; i < bags.size(); ++i)
      rois.push_back(torch::cat(
          {torch::full({bags[i].boxes.size(0), 1}, static_cast<double>(i)), bags[i].boxes}, 1));
    return torch::cat(rois);
  }

  at::Tensor image_loss(const at::Tensor& p, const at::Tensor& present) const {
    const at::Tensor bounded = p.clamp(kLeast, 1 - kLeast);
    if (setting_.detector.bbox_head.loss.binary_cls)
      return torch::binary_cross_entropy(bounded, present);
    return -(present * (bounded / bounded.sum()).log()).sum();
  }

  RegionTargets teach(const Bag& bag, const at::Tensor& scores, const at::Tensor& present) const {
    switch (bag.supervision) {
      case Supervision::kNothing:
        return label_by_boxes(bag.boxes, {}, setting_.classes);
      case Supervision::kBoxes:
        return label_by_boxes(bag.boxes, bag.objects, setting_.classes);
      case Supervision::kPoints:
        return label_by_seeds(bag.boxes, around_points(bag, scores), setting_.classes);
      case Supervision::kTag:
        break;
    }
    if (bag.objects.empty()) return refinement_->assign({bag.boxes, scores, present});
    // Guesses stand last among the regions.
    std::vector<RegionSeed> seeds;
    const auto guesses = static_cast<int64_t>(bag.objects.size());
    for (int64_t i = 0; i < guesses; ++i) {
      const Target& guess = bag.objects[static_cast<size_t>(i)];
      seeds.push_back({bag.boxes.size(0) - guesses + i, guess.label, guess.weight});
    }
    return label_by_seeds(bag.boxes, seeds, setting_.classes);
  }

  // Of the regions around each point the one of highest score.
  static std::vector<RegionSeed> around_points(const Bag& bag, const at::Tensor& scores) {
    std::vector<RegionSeed> seeds;
    const auto side = bag.boxes.unbind(1);
    for (const Target& point : bag.objects) {
      const at::Tensor around = (side[0] <= point.box.x0) & (side[2] > point.box.x0) &
                                (side[1] <= point.box.y0) & (side[3] > point.box.y0);
      const at::Tensor score = torch::where(around, scores.select(1, point.label).to(at::kCPU),
                                            torch::full({around.size(0)}, -1.f));
      const auto best = score.argmax().item<int64_t>();
      if (score[best].item<float>() >= 0) seeds.push_back({best, point.label, point.weight});
    }
    return seeds;
  }

  // The sides of the seed's box, of regions that show an object.
  at::Tensor side_loss(const Bag& bag, const at::Tensor& deltas,
                       const RegionTargets& targets) const {
    const at::Tensor shows =
        ((targets.labels < setting_.classes) & (targets.weights > 0)).nonzero().squeeze(1);
    if (shows.size(0) == 0) return deltas.sum() * 0;
    const at::Tensor source =
        bag.supervision == Supervision::kBoxes ? boxes_of(bag.objects) : bag.boxes;
    const at::Tensor truth = source.index_select(0, targets.seeds.index_select(0, shows));
    const at::Tensor regions = bag.boxes.index_select(0, shows);
    const at::Tensor weights = targets.weights.index_select(0, shows);
    const at::Tensor each =
        1 - generalised_iou(decode_boxes(regions, deltas.index_select(0, shows)), truth);
    return (weights * each).sum() / static_cast<double>(bag.boxes.size(0));
  }

  BoxSetting setting_;
  const RefinementInfo* refinement_ = nullptr;
};

}  // namespace

extern const BoxMethodInfo box_method_mil;
const BoxMethodInfo box_method_mil = {"mil",
                                      [](const BoxSetting& setting) -> std::unique_ptr<BoxMethod> {
                                        return std::make_unique<RegionMil>(setting);
                                      }};

}  // namespace paucal::weak
