#include "semi/teacher_gap.h"

#include <torch/torch.h>

#include "models/image_model.h"

namespace paucal::semi {
namespace {

constexpr int64_t kMostViews = 64;

at::Tensor predictions(models::ImageModel& model, const at::Tensor& views) {
  const bool training = model.is_training();
  model.eval();
  const at::Tensor p = torch::softmax(model.forward(views).logits().to(torch::kFloat), 1);
  model.train(training);
  return p;
}

}  // namespace

TeacherGap teacher_gap(models::ImageModel& model, models::ImageModel& average,
                       const at::Tensor& views) {
  const torch::NoGradGuard no_grad;
  const at::Tensor some = views.narrow(0, 0, std::min(kMostViews, views.size(0)));
  const at::Tensor student = predictions(model, some), teacher = predictions(average, some);
  return {(student - teacher).abs().sum(1).mean() / 2,
          (student.argmax(1) != teacher.argmax(1)).to(torch::kFloat).mean()};
}

}  // namespace paucal::semi
