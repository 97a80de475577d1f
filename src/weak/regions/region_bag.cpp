#include "weak/regions/region_bag.h"

#include <torch/torch.h>

#include "weak/dense/seeds.h"
#include "weak/regions/region_seeds.h"

namespace paucal::weak {
namespace {

using data::Supervision;
using data::Target;

// A defect that is pasted into an OK image is one, whatever the image's label.
at::Tensor shown(const RegionBag& bag, const at::Tensor& by_label) {
  at::Tensor present =
      bag.supervision == Supervision::kBoxes ? torch::zeros_like(by_label) : by_label.clone();
  for (const Target& object : bag.objects) present[object.label] = 1;
  return present;
}

std::vector<Target> shown_on_map(const BoxStep& step, const BoxSetting& setting, int64_t image,
                                 const at::Tensor& present, const ValidSize& valid) {
  std::vector<Target> boxes;
  for (int k = 0; k < setting.classes; ++k) {
    if (present[k].item<float>() < .5f) continue;
    for (const auto& found : map_boxes(step.seen.map.detach(), image, k, setting.map,
                                       step.detector.map_stride(), valid))
      boxes.push_back({found.box, k, found.score});
  }
  return boxes;
}

}  // namespace

models::RegionOutput RegionBag::own(const models::RegionOutput& of_step) const {
  const auto rows = [&](const at::Tensor& all) { return all.narrow(0, first, boxes.size(0)); };
  models::RegionOutput output{rows(of_step.features),
                              rows(of_step.classes),
                              rows(of_step.regions),
                              {},
                              rows(of_step.deltas)};
  for (const at::Tensor& branch : of_step.refined) output.refined.push_back(rows(branch));
  return output;
}

std::vector<RegionBag> make_bags(const BoxStep& step, const BoxSetting& setting) {
  std::vector<RegionBag> bags;
  const std::vector<ValidSize> sizes = valid_sizes(step.batch.valid);
  const int64_t images = step.seen.map.size(0);
  const at::Tensor proposed =
      step.detector.propose(step.seen.map).to(at::kCPU).view({images, -1, 5}).narrow(2, 1, 4);
  int64_t first = 0;
  for (int64_t i = 0; i < images; ++i) {
    const auto image = static_cast<size_t>(i);
    RegionBag& bag = bags.emplace_back();
    bag.supervision = step.batch.supervision[image];
    const bool points = bag.supervision == Supervision::kPoints;
    for (const Target& target : step.batch.targets[image])
      if (target.box.area() > 0 || points) bag.objects.push_back(target);
    bag.present = shown(bag, step.present[i]);
    if (points || (bag.objects.empty() && bag.supervision == Supervision::kTag))
      bag.on_map = shown_on_map(step, setting, i, bag.present, sizes[image]);
    bag.boxes = proposed[i];
    for (const auto* more : {&bag.objects, &bag.on_map})
      if (!more->empty() && !(points && more == &bag.objects))
        bag.boxes = torch::cat({bag.boxes, boxes_of(*more)});
    bag.first = first;
    first += bag.boxes.size(0);
  }
  return bags;
}

at::Tensor rois_of(const std::vector<RegionBag>& bags) {
  std::vector<at::Tensor> rois;
  for (size_t i = 0; i < bags.size(); ++i)
    rois.push_back(torch::cat(
        {torch::full({bags[i].boxes.size(0), 1}, static_cast<double>(i)), bags[i].boxes}, 1));
  return torch::cat(rois);
}

}  // namespace paucal::weak
