#include "weak/dense/dense_teaching.h"

#include <torch/torch.h>

#include <algorithm>

#include "base/error.h"
#include "weak/dense/bags.h"

namespace paucal::weak {
namespace {

// Elsewhere on an image with guesses there may be more objects.
constexpr float kElsewhere = 0.25f;

// Anchors of one image of which at least one is an object of a class.
struct Bag {
  int64_t image = 0;
  int label = 0;
  std::vector<int64_t> anchors;
};

// What a batch teaches besides the bags over whole images.
struct Lesson {
  DenseTargets targets;
  std::vector<Bag> bags;                // around points
  std::vector<int64_t> images, labels;  // whole images that show a class
};

class Teacher {
 public:
  Teacher(const DenseScene& scene, const Guesses& found, FoundSides sides)
      : scene_(scene),
        found_(found),
        found_sides_(sides == FoundSides::kTeach &&
                     scene.step.done() >= scene.options.regression_start),
        lesson_{DenseTargets(static_cast<int64_t>(scene.images()), scene.classes), {}, {}, {}} {}

  Lesson lesson() {
    for (size_t i = 0; i < scene_.images(); ++i) add(i);
    return std::move(lesson_);
  }

 private:
  void add(size_t image) {
    for (int k = 0; k < scene_.classes; ++k)
      lesson_.targets.background_of(static_cast<int64_t>(image), k) = 1;
    switch (scene_.supervision(image)) {
      case data::Supervision::kNothing:
        break;
      case data::Supervision::kBoxes:
        add_boxes(image, scene_.step.batch.targets[image], true);
        break;
      case data::Supervision::kPoints:
        add_points(image);
        break;
      case data::Supervision::kTag:
        add_tag(image);
        break;
    }
  }

  void add_boxes(size_t image, const std::vector<data::Target>& boxes, bool sides) {
    for (const data::Target& target : boxes)
      if (target.label < 0 || target.label >= scene_.classes)
        fail("detection", "image {} of the batch: box class {}, expected 0 to {}", image,
             target.label, scene_.classes - 1);
    lesson_.targets.add(static_cast<int64_t>(image), boxes,
                        assign_anchors(scene_.grid, scene_.sizes[image], boxes, {}), sides ? 1 : 0);
  }

  void add_points(size_t image) {
    for (const data::Target& point : scene_.step.batch.targets[image]) {
      const edge::Box& box = point.box;
      Bag bag{static_cast<int64_t>(image), point.label,
              anchors_at(scene_.grid, scene_.sizes[image], (box.x0 + box.x1) / 2,
                         (box.y0 + box.y1) / 2)};
      for (const int64_t anchor : bag.anchors)
        lesson_.targets.unsure.push_back({bag.image, anchor, bag.label});
      lesson_.bags.push_back(std::move(bag));
    }
    add_boxes(image, found_[image], found_sides_);
  }

  void add_tag(size_t image) {
    const std::vector<data::Target>& given = scene_.step.batch.targets[image];
    const std::vector<data::Target>& guesses = given.empty() ? found_[image] : given;
    for (int k = 0; k < scene_.classes; ++k) {
      if (!scene_.present[image][static_cast<size_t>(k)]) continue;
      const bool known = std::ranges::any_of(guesses, [&](const auto& g) { return g.label == k; });
      lesson_.targets.background_of(static_cast<int64_t>(image), k) = known ? kElsewhere : 0;
      // A bag is content with its surest anchor, which is a striking part: the end of a scratch.
      // Where a guess says where the whole is, it would pull against it.
      if (known) continue;
      lesson_.images.push_back(static_cast<int64_t>(image));
      lesson_.labels.push_back(k);
    }
    // Guesses of another run hold still from the start.
    add_boxes(image, guesses, given.empty() ? found_sides_ : true);
  }

  const DenseScene& scene_;
  const Guesses& found_;
  bool found_sides_;
  Lesson lesson_;
};

// Σ over bags of -log p of the bag.
at::Tensor bag_loss(const at::Tensor& logits, const at::Tensor& inside, const BagOptions& options) {
  const at::Tensor each = torch::softplus(-bag_logits(logits, inside, options));
  return (each * inside.any(1).to(at::kFloat)).sum();
}

at::Tensor point_loss(const FlatOutput& output, const std::vector<Bag>& bags,
                      const BagOptions& options) {
  const int64_t m = output.logits.size(1), k = output.logits.size(2);
  size_t longest = 0;
  for (const Bag& bag : bags) longest = std::max(longest, bag.anchors.size());
  std::vector<int64_t> places;
  std::vector<float> inside;
  for (const Bag& bag : bags)
    for (size_t i = 0; i < longest; ++i) {
      const bool member = i < bag.anchors.size();
      const int64_t anchor = member ? bag.anchors[i] : 0;
      places.push_back((bag.image * m + anchor) * k + bag.label);
      inside.push_back(member ? 1 : 0);
    }
  const std::vector<int64_t> shape{static_cast<int64_t>(bags.size()),
                                   static_cast<int64_t>(longest)};
  const auto device = output.logits.device();
  const at::Tensor index = torch::tensor(places, at::kLong).to(device);
  const at::Tensor members = torch::tensor(inside).to(device).view(shape) > 0;
  return bag_loss(output.logits.reshape({-1}).index_select(0, index).view(shape), members, options);
}

at::Tensor image_loss(const DenseScene& scene, const FlatOutput& output, const Lesson& lesson) {
  const auto device = output.logits.device();
  const at::Tensor images = torch::tensor(lesson.images, at::kLong).to(device);
  const at::Tensor labels = torch::tensor(lesson.labels, at::kLong).to(device);
  const at::Tensor logits = output.logits.permute({0, 2, 1}).index({images, labels});
  return bag_loss(logits, scene.valid.index_select(0, images), scene.options.bag);
}

}  // namespace

DenseScene::DenseScene(const BoxStep& step, const DetectionOptions& options, const AnchorGrid& grid,
                       int classes)
    : step(step),
      options(options),
      grid(grid),
      sizes(valid_sizes(step.batch.valid)),
      valid(valid_anchors(grid, sizes)),
      classes(classes) {
  const at::Tensor shown = step.present.to(at::kCPU, at::kFloat).contiguous();
  for (int64_t i = 0; i < shown.size(0); ++i) {
    std::vector<bool>& row = present.emplace_back();
    for (int64_t k = 0; k < shown.size(1); ++k)
      row.push_back(shown.data_ptr<float>()[i * shown.size(1) + k] > 0);
  }
}

bool DenseScene::wants_guesses(size_t image) const {
  const data::Supervision kind = supervision(image);
  if (kind == data::Supervision::kPoints) return true;
  return kind == data::Supervision::kTag && step.batch.targets[image].empty() &&
         std::ranges::find(present[image], true) != present[image].end();
}

train::Losses teach_dense(const DenseScene& scene, const FlatOutput& output, const Guesses& found,
                          FoundSides sides) {
  const Lesson lesson = Teacher(scene, found, sides).lesson();
  const DetectionOptions& options = scene.options;
  const DenseLoss certain = dense_loss(output, scene.grid, scene.valid, lesson.targets, options);
  // The mean over all bags, of images and of points.
  const at::Tensor none = output.logits.sum() * 0;
  const auto count = static_cast<double>(lesson.images.size() + lesson.bags.size());
  at::Tensor bags = none;
  if (!lesson.images.empty()) bags = bags + image_loss(scene, output, lesson);
  if (!lesson.bags.empty()) bags = bags + point_loss(output, lesson.bags, options.bag);
  bags = bags / std::max(count, 1.);

  train::Losses losses;
  losses.total =
      certain.classes + options.regression_weight * certain.sides + options.image_weight * bags;
  losses.parts = {{"box_class_loss", certain.classes.detach()},
                  {"box_image_loss", bags.detach()},
                  {"box_side_loss", certain.sides.detach()}};
  return losses;
}

}  // namespace paucal::weak
