#include "semi/trainer_method.h"

#include <torch/torch.h>

#include "base/error.h"
#include "models/image_model.h"
#include "semi/teacher_gap.h"

namespace paucal::semi {
namespace {

class ImageNetwork : public Network {
 public:
  explicit ImageNetwork(models::ImageModel& model) : model_(model) {}

  Outputs forward(const at::Tensor& views) override {
    if (!model_.is_training()) model_.train();
    const models::Output out = model_.forward(views);
    return {out.logits().to(torch::kFloat), out.features.mean({2, 3}).to(torch::kFloat)};
  }
  torch::nn::Module& module() override { return model_; }

 private:
  models::ImageModel& model_;
};

Batch views_of(const train::TensorBatch& tensors) {
  Batch batch;
  for (const data::ViewRows& rows : tensors.views) {
    const at::Tensor views = tensors.images.narrow(0, rows.first, rows.count);
    const at::Tensor numbers = tensors.numbers.narrow(0, rows.first, rows.count);
    const auto first = tensors.places.begin() + rows.first;
    const std::vector<int64_t> places(first, first + rows.count);
    switch (rows.view) {
      case data::View::kLabelled:
        batch.labelled = views;
        batch.labels = tensors.labels.narrow(0, rows.first, rows.count);
        batch.labelled_index = numbers;
        batch.labelled_places = places;
        break;
      case data::View::kLabelledStrong:
        batch.labelled_strong = views;
        break;
      case data::View::kWeak:
        batch.weak.push_back(views);
        batch.index = numbers;
        batch.places = places;
        break;
      case data::View::kStrong:
        batch.strong.push_back(views);
        break;
    }
  }
  return batch;
}

class TrainerMethod : public train::Method {
 public:
  TrainerMethod(std::unique_ptr<semi::Method> method, bool joint_pass, Monitor monitor)
      : method_(std::move(method)), joint_pass_(joint_pass), monitor_(std::move(monitor)) {}

  train::Losses step(const train::TensorBatch& tensors, train::Context& context) override {
    ImageNetwork student(context.model), teacher(context.average);
    const Batch batch = views_of(tensors);
    Losses losses =
        method_->step(batch, {student, teacher, context.step, context.total_steps, joint_pass_});
    train::Losses result{losses.labelled, {{"labelled", losses.labelled.detach()}}};
    if (losses.unlabelled.defined()) {
      result.total = result.total + losses.unlabelled;
      result.parts.emplace_back("unlabelled", losses.unlabelled.detach());
    }
    for (auto& part : losses.parts) result.parts.push_back(std::move(part));
    watch(losses.pseudo, batch, context, result.parts);
    return result;
  }

  train::TensorMap state() const override {
    train::TensorMap state;
    for (const auto& [name, tensor] : method_->state()) state.emplace("method." + name, tensor);
    for (const auto& [name, tensor] : monitor_.state()) state.emplace("monitor." + name, tensor);
    return state;
  }
  void load_state(const train::TensorMap& saved) override {
    train::copy_state("semi", saved, state());
  }
  std::shared_ptr<torch::nn::Module> heads() const override { return method_->heads(); }

 private:
  void watch(const PseudoLabels& pseudo, const Batch& batch, const train::Context& context,
             Figures& figures) {
    const auto add = [&](Figures more) { std::ranges::move(more, std::back_inserter(figures)); };
    const bool due = is_due(context.step, context.total_steps);
    if (pseudo.label.defined()) {
      add(monitor_.watch(pseudo, batch.index, context.step));
      if (due) add(monitor_.by_class());
    }
    if (!due) return;
    const TeacherGap gap = teacher_gap(context.model, context.average,
                                       batch.weak.empty() ? batch.labelled : batch.weak[0]);
    add({{"teacher_gap", gap.distance}, {"teacher_disagreement", gap.disagreement}});
  }

  std::unique_ptr<semi::Method> method_;
  bool joint_pass_;
  Monitor monitor_;
};

}  // namespace

std::vector<std::string> method_names() {
  std::vector<std::string> names;
  for (const MethodInfo* method : all_methods()) names.emplace_back(method->name);
  return names;
}

std::vector<MethodOptions> default_method_options() {
  std::vector<MethodOptions> options;
  for (const MethodInfo* method : all_methods())
    options.push_back({std::string(method->name), std::string(method->title), method->options()});
  return options;
}

const AnyOptions& SemiOptions::of_method() const {
  for (const MethodOptions& candidate : methods)
    if (candidate.name == method) return candidate.options;
  fail_unknown("semi", "method", method, method_names());
}

data::SemiShares shares_of(const SemiOptions& options, int batch) {
  const Needs& needs = find_method(options.method).needs;
  const int mu = needs.mu == 0 ? 0 : options.mu > 0 ? options.mu : needs.mu;
  return {.labelled = batch,
          .unlabelled = batch * mu,
          .weak = needs.weak,
          .strong = needs.strong,
          .labelled_strong = needs.labelled_strong};
}

std::shared_ptr<train::Method> make_trainer_method(const SemiOptions& options,
                                                   const Setting& setting, Audit audit) {
  torch::manual_seed(setting.seed);  // the heads' weights
  auto method = find_method(options.method).make(options.of_method(), setting);
  return std::make_shared<TrainerMethod>(
      std::move(method), options.pass == "joint",
      Monitor(std::move(audit), setting.labelled_prior(), setting.class_names));
}

}  // namespace paucal::semi
