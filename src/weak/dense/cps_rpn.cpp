// CPS-RPN, by our own definition since there is no public one: two region-proposal networks that
// begin differently, each trained on the other's boxes (cross pseudo supervision, Chen et al.,
// CVPR 2021). OK images are background for both, drawn boxes are truth for both, and an image's
// label makes a bag of it for both. The first one is what is deployed.

#include <array>

#include "weak/dense/box_method.h"
#include "weak/dense/seeds.h"

namespace paucal::weak {
namespace {

class CpsRpn : public BoxMethod {
 public:
  explicit CpsRpn(const BoxSetting& setting)
      : setting_(setting), anchors_(setting.detector.anchors) {}

  train::Losses losses(const BoxStep& step) override {
    const std::array<models::DenseOutput, 2> outputs{step.detector.dense(step.seen.levels, 0),
                                                     step.detector.dense(step.seen.levels, 1)};
    const AnchorGrid& grid = anchors_.of(outputs[0], step.detector.level_strides());
    const DenseScene scene(step, setting_.detection, grid, setting_.classes);
    const std::array<FlatOutput, 2> flat{flatten(outputs[0], setting_.classes),
                                         flatten(outputs[1], setting_.classes)};
    const bool boxes =
        setting_.detection.seed_weight > 0 && step.done() >= setting_.detection.warmup;
    exact_.look_at(step.batch);
    train::Losses losses;
    for (size_t i = 0; i < 2; ++i) {
      Guesses other(scene.images());
      if (boxes) other = find_pseudo_boxes(scene, flat[1 - i].detach(), setting_.map);
      train::Losses each = teach_dense(scene, flat[i], other, sides_of(exact_));
      if (i == 0) {
        losses = std::move(each);
        continue;
      }
      losses.total = (losses.total + each.total) / 2;
      for (size_t p = 0; p < losses.parts.size(); ++p)
        losses.parts[p].second = (losses.parts[p].second + each.parts[p].second) / 2;
    }
    return losses;
  }

  train::TensorMap state() const override { return exact_.state(); }
  void load_state(const train::TensorMap& state) override { exact_.load_state(state); }

 private:
  BoxSetting setting_;
  AnchorCache anchors_;
  ExactBoxes exact_;
};

}  // namespace

extern const BoxMethodInfo box_method_cps_rpn;
const BoxMethodInfo box_method_cps_rpn{"cps_rpn",
                                       [](const BoxSetting& setting) -> std::unique_ptr<BoxMethod> {
                                         return std::make_unique<CpsRpn>(setting);
                                       }};

}  // namespace paucal::weak
