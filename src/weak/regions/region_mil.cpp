// mil: the regions of an image are weighed against each other (WSDDN, Bilen and Vedaldi, CVPR
// 2016), and branches refine what came out (model.refine).
//
// Two things differ from what was published. WSDDN's best region is the smallest one that tells the
// class, and OICR would teach it: here the class map says where objects are, and seeds the class
// stream and the first branch. And where every region's label is certain, on images without an
// object and on those whose boxes are known, pasted or drawn, the class stream learns them region
// by region, so that it can tell how far the objects on the map reach.

#include <torch/torch.h>

#include <algorithm>

#include "base/error.h"
#include "weak/dense/dense_loss.h"
#include "weak/dense/exact_boxes.h"
#include "weak/regions/region_bag.h"
#include "weak/regions/region_seeds.h"
#include "weak/regions/regions.h"

namespace paucal::weak {
namespace {

using data::Supervision;
using data::Target;

constexpr double kLeast = 1e-6;        // of a probability, before its logarithm
constexpr double kSpatial = 1e-4;      // weight of the spatial regulariser (WSDDN, section 3.4)
constexpr float kRegionsAgree = 0.3f;  // IoU of a region with a box on the map

// [R] bool
at::Tensor contain(const at::Tensor& boxes, float x, float y) {
  const auto side = boxes.unbind(1);
  return (side[0] <= x) & (side[2] > x) & (side[1] <= y) & (side[3] > y);
}

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
    exact_.look_at(step.batch);
    const std::vector<RegionBag> bags = make_bags(step, setting_);
    const models::RegionOutput output = step.detector.regions(step.seen.levels, rois_of(bags));
    Sums sums(output.deltas.sum() * 0);
    for (const RegionBag& bag : bags)
      if (bag.boxes.size(0) > 0) add(sums, bag, bag.own(output));
    const auto images = static_cast<double>(std::max<size_t>(1, bags.size()));
    train::Losses result;
    result.total = (setting_.detection.image_weight * sums.bag + sums.refine +
                    setting_.detection.regression_weight * sums.sides) /
                   images;
    result.parts = {{"bag_loss", sums.bag.detach() / images},
                    {"refine_loss", sums.refine.detach() / images},
                    {"box_loss", sums.sides.detach() / images}};
    return result;
  }

  train::TensorMap state() const override { return exact_.state(); }
  void load_state(const train::TensorMap& state) override { exact_.load_state(state); }

 private:
  struct Sums {
    at::Tensor bag, refine, sides;
    explicit Sums(const at::Tensor& zero) : bag(zero), refine(zero), sides(zero) {}
  };

  void add(Sums& sums, const RegionBag& bag, const models::RegionOutput& said) const {
    const bool with_softmax = setting_.detector.bbox_head.with_softmax;
    const at::Tensor x = wsddn_scores(said.classes, said.regions, with_softmax);
    const RegionTargets given =
        label(bag, bag.holds_boxes() ? bag.objects : found_seeds(bag, said));

    // Classes that compete can't say "nothing": all that they are taught is the bag.
    if (!with_softmax) sums.bag = sums.bag + class_stream_loss(said.classes, given, bag.present);
    // Where every region's label is certain the image is no bag: as one it would teach the
    // detection stream to look where nothing is.
    if (with_softmax || !bag.known())
      sums.bag = sums.bag + image_loss(x.sum(0), bag.present) +
                 kSpatial * spatial_regulariser(said.features, x, bag.boxes, bag.present);

    if (bag.holds_boxes()) sums.sides = sums.sides + sides_of(bag, said.deltas, given);

    const bool tag_alone = bag.supervision == Supervision::kTag && !bag.holds_boxes();
    at::Tensor scores;
    for (size_t branch = 0; branch < said.refined.size(); ++branch) {
      const at::Tensor& logits = said.refined[branch];
      // By what the branch before says, where nothing is given.
      const RegionTargets targets =
          branch > 0 && tag_alone ? refinement_->assign({bag.boxes, scores, bag.present}) : given;
      sums.refine = sums.refine + (branch == 0 ? refinement_->first_weight : 1) *
                                      refinement_loss(logits, targets);
      if (refinement_->boxes && !exact_.seen() && !bag.holds_boxes())
        sums.sides = sums.sides + sides_of(bag, said.deltas, targets);
      scores = logits.detach().softmax(1).narrow(1, 0, setting_.classes);
    }
  }

  at::Tensor image_loss(const at::Tensor& p, const at::Tensor& present) const {
    const at::Tensor bounded = p.clamp(kLeast, 1 - kLeast);
    if (setting_.detector.bbox_head.loss.binary_cls)
      return torch::binary_cross_entropy(bounded, present);
    return -(present * (bounded / bounded.sum()).log()).sum();
  }

  // Where boxes or points are given, they are all that there is.
  RegionTargets label(const RegionBag& bag, const std::vector<Target>& seeds) const {
    return label_by_seeds(
        bag.boxes, seeds, setting_.classes,
        bag.supervision == Supervision::kTag ? Elsewhere::kUnknown : Elsewhere::kBackground);
  }

  // One seed for each box on the map; where there are points, for each point.
  std::vector<Target> found_seeds(const RegionBag& bag, const models::RegionOutput& said) const {
    const auto plain = [](const at::Tensor& t) { return t.detach().to(at::kCPU, at::kFloat); };
    const at::Tensor boxes =
        exact_.seen() ? decode_boxes(bag.boxes, plain(said.deltas)) : bag.boxes;
    const at::Tensor p =
        plain(region_probabilities(said, setting_.detector.bbox_head.with_softmax));
    std::vector<Target> seeds;
    if (bag.supervision != Supervision::kPoints) {
      for (const Target& shown : bag.on_map) seeds.push_back(surest_there(shown, boxes, p));
      return seeds;
    }
    for (const Target& point : bag.objects) {
      const Target* shown = around(bag, point);
      Target seed = shown ? surest_there(*shown, boxes, p) : surest_around(point, boxes, p);
      seed.weight *= point.weight;
      seeds.push_back(seed);
    }
    return seeds;
  }

  // Boxes on the map reach too far: once exact boxes have taught sides and what a whole object
  // looks like, the seed is the surest region there, as far as it says it reaches.
  Target surest_there(const Target& shown, const at::Tensor& boxes, const at::Tensor& p) const {
    if (!exact_.seen()) return shown;
    const at::Tensor there =
        intersection_over_union(boxes, boxes_of({shown}).expand_as(boxes)) >= kRegionsAgree;
    const Target surest = surest_of(there, shown.label, boxes, p);
    return surest.weight > 0 ? Target{surest.box, shown.label, shown.weight * surest.weight}
                             : shown;
  }

  static Target surest_around(const Target& point, const at::Tensor& boxes, const at::Tensor& p) {
    return surest_of(contain(boxes, point.box.x0, point.box.y0), point.label, boxes, p);
  }

  // Weight: its probability; 0 where there is none.
  static Target surest_of(const at::Tensor& candidates, int label, const at::Tensor& boxes,
                          const at::Tensor& p) {
    const at::Tensor score = p.select(1, label).masked_fill(~candidates, 0);
    const auto best = score.argmax().item<int64_t>();
    return {box_at(boxes, best), label, score[best].item<float>()};
  }

  // The box on the map that shows this point's object alone; null where there is none.
  static const Target* around(const RegionBag& bag, const Target& point) {
    const auto holds = [](const Target& shown, const Target& other) {
      return other.label == shown.label && other.box.x0 >= shown.box.x0 &&
             other.box.x0 < shown.box.x1 && other.box.y0 >= shown.box.y0 &&
             other.box.y0 < shown.box.y1;
    };
    for (const Target& shown : bag.on_map)
      if (holds(shown, point) && std::ranges::count_if(bag.objects, [&](const Target& other) {
                                   return holds(shown, other);
                                 }) == 1)
        return &shown;
    return nullptr;
  }

  // Of the class stream: mean over the regions that show a class, and over those that don't, for
  // there are many more of those. Whatever is not known of the classes that an image shows: others
  // it does not show anywhere.
  at::Tensor class_stream_loss(const at::Tensor& logits, const RegionTargets& targets,
                               const at::Tensor& present) const {
    const at::Tensor labels = torch::one_hot(targets.labels, setting_.classes + 1)
                                  .narrow(1, 0, setting_.classes)
                                  .to(logits.options());
    const at::Tensor weights =
        torch::maximum(targets.weights.to(logits.device()).unsqueeze(1), 1 - present.unsqueeze(0));
    const at::Tensor each =
        torch::binary_cross_entropy_with_logits(logits, labels, {}, {}, at::Reduction::None);
    const auto mean = [&](const at::Tensor& w) { return (w * each).sum() / w.sum().clamp_min(1); };
    return mean(weights * labels) + mean(weights * (1 - labels));
  }

  // The sides of the seed's box, of regions that show an object; mean over these.
  at::Tensor sides_of(const RegionBag& bag, const at::Tensor& deltas,
                      const RegionTargets& targets) const {
    const at::Tensor shows =
        ((targets.labels < setting_.classes) & (targets.weights > 0)).nonzero().squeeze(1);
    if (shows.size(0) == 0) return deltas.sum() * 0;
    const auto rows = [&](const at::Tensor& all) {
      return all.index_select(0, shows.to(all.device())).to(deltas.device());
    };
    const at::Tensor regions = rows(bag.boxes), weights = rows(targets.weights);
    const at::Tensor truth =
        targets.boxes.index_select(0, targets.seeds.index_select(0, shows)).to(deltas.device());
    const at::Tensor each = side_loss(decode_boxes(regions, rows(deltas)), truth, regions);
    return (weights * each).sum() / weights.sum().clamp_min(1);
  }

  BoxSetting setting_;
  const RefinementInfo* refinement_ = nullptr;
  ExactBoxes exact_;
};

}  // namespace

extern const BoxMethodInfo box_method_mil;
const BoxMethodInfo box_method_mil = {"mil",
                                      [](const BoxSetting& setting) -> std::unique_ptr<BoxMethod> {
                                        return std::make_unique<RegionMil>(setting);
                                      }};

}  // namespace paucal::weak
