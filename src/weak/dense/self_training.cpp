#include "weak/dense/self_training.h"

#include <torch/torch.h>

#include <algorithm>

#include "base/error.h"
#include "train/strong_views.h"
#include "weak/dense/seeds.h"

namespace paucal::weak {
namespace {

// The rows of images with places that nobody knows, and that show something.
std::vector<int64_t> open_rows(const BoxStep& step) {
  const at::Tensor shown = step.present.amax(1).to(at::kCPU, at::kFloat).contiguous();
  std::vector<int64_t> rows;
  for (size_t i = 0; i < step.batch.supervision.size(); ++i) {
    const data::Supervision kind = step.batch.supervision[i];
    const bool open = kind == data::Supervision::kTag || kind == data::Supervision::kPoints;
    if (open && shown.data_ptr<float>()[i] > 0) rows.push_back(static_cast<int64_t>(i));
  }
  return rows;
}

train::TensorBatch select(const train::TensorBatch& batch, const std::vector<int64_t>& rows) {
  const at::Tensor index = torch::tensor(rows, at::kLong).to(batch.images.device());
  train::TensorBatch part;
  part.images = batch.images.index_select(0, index);
  part.valid = batch.valid.index_select(0, index);
  for (const int64_t row : rows) {
    part.supervision.push_back(batch.supervision[static_cast<size_t>(row)]);
    part.targets.push_back(batch.targets[static_cast<size_t>(row)]);
    part.places.push_back(batch.places.at(static_cast<size_t>(row)));
  }
  return part;
}

models::DenseOutput look(models::ImageModel& teacher, const at::Tensor& images) {
  const torch::NoGradGuard no_grad;
  const bool training = teacher.is_training();
  teacher.eval();
  models::BoxHead& head = *teacher.box_head();
  const models::DenseOutput output = head.dense(head.see(images).levels);
  teacher.train(training);
  return output;
}

}  // namespace

void check_teacher(const SelfTrainingOptions& teacher, const models::BboxHeadOptions& head) {
  if (!head.dense())
    fail("detection",
         "detect.self_training.method={} with model.bbox_head.type={}, expected none: a teacher is "
         "for dense heads (retinanet_mil, cps_rpn)",
         teacher.method, head.type);
}

SelfTraining::SelfTraining(const BoxSetting& setting)
    : setting_(setting), anchors_(setting.detector.anchors) {
  check_teacher(setting.detection.self_training, setting.detector.bbox_head);
}

train::Losses SelfTraining::losses(const BoxStep& step, models::ImageModel& teacher) {
  const SelfTrainingOptions& options = setting_.detection.self_training;
  if (step.done() < options.burn_in) return {};
  const std::vector<int64_t> rows = open_rows(step);
  if (rows.empty()) return {};
  const train::TensorBatch batch = select(step.batch, rows);
  const models::DenseOutput taught = look(teacher, batch.images);
  const models::DenseOutput answer = step.detector.dense(
      step.detector.see(train::strong_views(batch.images, batch.places, step.seed)).levels);

  const BoxStep part{.detector = step.detector,
                     .seen = step.seen,
                     .batch = batch,
                     .present = step.present.index_select(
                         0, torch::tensor(rows, at::kLong).to(step.present.device())),
                     .step = step.step,
                     .total_steps = step.total_steps,
                     .seed = step.seed};
  const DenseScene scene(part, setting_.detection,
                         anchors_.of(taught, step.detector.level_strides()), setting_.classes);
  const FlatOutput from = flatten(taught, setting_.classes);
  const FlatOutput to = flatten(answer, setting_.classes);
  return options.method == "unbiased_teacher" ? unbiased_teacher(scene, from, to)
                                              : dense_teacher(scene, from, to);
}

train::Losses SelfTraining::unbiased_teacher(const DenseScene& scene, const FlatOutput& teacher,
                                             const FlatOutput& student) const {
  edge::NmsOptions nms = setting_.detector.nms;
  nms.score = setting_.detection.self_training.score;
  DenseTargets targets(static_cast<int64_t>(scene.images()), scene.classes);
  int64_t count = 0;
  for (size_t i = 0; i < scene.images(); ++i) {
    std::vector<data::Target> boxes;
    for (const edge::ScoredBox& box : head_boxes(scene, teacher, i, nms))
      if (scene.present[i][static_cast<size_t>(box.label)])
        boxes.push_back({box.box, box.label, 1});
    for (const data::Target& box : boxes)
      targets.background_of(static_cast<int64_t>(i), box.label) = 1;
    targets.add(static_cast<int64_t>(i), boxes,
                assign_anchors(scene.grid, scene.sizes[i], boxes, {}), 0);
    count += static_cast<int64_t>(boxes.size());
  }
  const at::Tensor loss =
      dense_loss(student, scene.grid, scene.valid, targets, scene.options).classes;
  return {
      loss,
      {{"self_loss", loss.detach()}, {"pseudo_boxes", torch::tensor(static_cast<float>(count))}}};
}

train::Losses SelfTraining::dense_teacher(const DenseScene& scene, const FlatOutput& teacher,
                                          const FlatOutput& student) const {
  const at::Tensor shown = scene.step.present.to(at::kFloat).unsqueeze(1);  // [n, 1, K]
  const at::Tensor counts = scene.valid.unsqueeze(2).to(at::kFloat) * shown;
  const at::Tensor scores = teacher.logits.sigmoid() * counts;
  const at::Tensor best = scores.amax(2).flatten();
  const double wanted = setting_.detection.self_training.top * scene.valid.sum().item<double>();
  const int64_t most = std::clamp<int64_t>(static_cast<int64_t>(wanted), 1, best.size(0));
  const at::Tensor taught = torch::zeros_like(best).index_fill_(0, std::get<1>(best.topk(most)), 1);
  const at::Tensor target = scores * taught.view({scores.size(0), scores.size(1), 1});
  const at::Tensor each =
      (student.logits.sigmoid() - target).square() *
      torch::binary_cross_entropy_with_logits(student.logits, target, {}, {}, at::Reduction::None);
  const at::Tensor sum = (best * taught).sum().clamp_min(1);
  const at::Tensor loss = (each * counts).sum() / sum;
  return {loss, {{"self_loss", loss.detach()}, {"teacher_score", sum.detach() / most}}};
}

}  // namespace paucal::weak
