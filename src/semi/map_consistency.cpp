#include "semi/map_consistency.h"

#include <torch/torch.h>

#include "base/error.h"
#include "semi/monitor.h"
#include "semi/ramp.h"
#include "train/pooling.h"
#include "train/strong_views.h"

namespace paucal::semi {
namespace {

// Sum of x where w is 1, over the number of such places; 0 where there is none.
at::Tensor mean_at(const at::Tensor& x, const at::Tensor& w) {
  return (x * w).sum() / w.sum().clamp_min(1);
}

class MapConsistency : public train::Method {
 public:
  MapConsistency(const SemiOptions& options, std::shared_ptr<train::MapMethod> map_method,
                 NgAudit audit)
      : options_(options.map),
        sure_only_(options.method == "fixmatch"),
        map_method_(std::move(map_method)),
        audit_(std::move(audit)) {}

  train::Losses step(const train::TensorBatch& batch, train::Context& context) override {
    const data::ViewRows rows = unlabelled_rows(batch);
    const train::TensorBatch labelled = labelled_part(batch, rows.first);
    const at::Tensor weak = batch.images.narrow(0, rows.first, rows.count);
    const std::vector<int64_t> places(batch.places.begin() + rows.first, batch.places.end());
    const at::Tensor strong = train::strong_views(weak, places, context.seed);
    const at::Tensor map =
        context.model.forward(torch::cat({labelled.images, strong})).map.to(at::kFloat);
    train::Losses losses = map_method_->losses_of(map.narrow(0, 0, rows.first), labelled, context);

    const at::Tensor said = map.narrow(0, rows.first, rows.count).narrow(1, 0, 1);
    const at::Tensor taught = look(context.average, weak).narrow(1, 0, 1).sigmoid();
    const at::Tensor cells =
        train::valid_cells(batch.valid.narrow(0, rows.first, rows.count), said);
    const at::Tensor is_ng = (taught >= options_.threshold).to(at::kFloat) * cells;
    const at::Tensor is_ok = (taught <= 1 - options_.threshold).to(at::kFloat) * cells;
    const at::Tensor loss =
        sure_only_ ? sure_loss(said, is_ng, is_ok) : soft_loss(said, taught, cells);
    const double done = static_cast<double>(context.step) /
                        static_cast<double>(std::max<int64_t>(1, context.total_steps));
    losses.total = losses.total + options_.weight * linear_ramp(done, options_.ramp) * loss;
    losses.parts.emplace_back("consistency", loss.detach());
    const at::Tensor sure = (is_ng + is_ok).sum() / cells.sum().clamp_min(1);
    losses.parts.emplace_back("pseudo_share", sure_only_ ? sure : torch::ones_like(sure));
    const at::Tensor image_ng = is_ng.amax({1, 2, 3});
    losses.parts.emplace_back("pseudo_ng", image_ng.mean());
    if (is_due(context.step, context.total_steps))
      add_precision(batch.numbers.narrow(0, rows.first, rows.count), image_ng,
                    1 - (cells - is_ok).amax({1, 2, 3}), losses);
    return losses;
  }

  train::TensorMap state() const override { return map_method_->state(); }
  void load_state(const train::TensorMap& state) override { map_method_->load_state(state); }

 private:
  static data::ViewRows unlabelled_rows(const train::TensorBatch& batch) {
    for (const data::ViewRows& rows : batch.views)
      if (rows.view == data::View::kWeak && rows.first > 0 && rows.count > 0) return rows;
    fail("semi", "a batch without unlabelled rows after the labelled ones, expected some");
  }

  static train::TensorBatch labelled_part(const train::TensorBatch& batch, int64_t count) {
    train::TensorBatch part;
    part.images = batch.images.narrow(0, 0, count);
    part.labels = batch.labels.narrow(0, 0, count);
    part.masks = batch.masks.narrow(0, 0, count);
    part.pasted = batch.pasted.narrow(0, 0, count);
    part.valid = batch.valid.narrow(0, 0, count);
    part.places.assign(batch.places.begin(), batch.places.begin() + count);
    part.supervision.assign(batch.supervision.begin(), batch.supervision.begin() + count);
    part.targets.assign(batch.targets.begin(), batch.targets.begin() + count);
    return part;
  }

  static at::Tensor look(models::ImageModel& teacher, const at::Tensor& images) {
    const torch::NoGradGuard no_grad;
    const bool training = teacher.is_training();
    teacher.eval();
    const at::Tensor map = teacher.forward(images).map.to(at::kFloat);
    teacher.train(training);
    return map;
  }

  static at::Tensor sure_loss(const at::Tensor& said, const at::Tensor& is_ng,
                              const at::Tensor& is_ok) {
    const at::Tensor each =
        torch::binary_cross_entropy_with_logits(said, is_ng, {}, {}, at::Reduction::None);
    return mean_at(each, is_ng) + mean_at(each, is_ok);
  }

  static at::Tensor soft_loss(const at::Tensor& said, const at::Tensor& taught,
                              const at::Tensor& cells) {
    const at::Tensor p = said.sigmoid();
    const at::Tensor both = ((p.detach() + taught) * cells).sum();
    return ((p - taught).square() * cells).sum() / (both + 1);
  }

  void add_precision(const at::Tensor& numbers, const at::Tensor& surely_ng,
                     const at::Tensor& surely_ok, train::Losses& losses) const {
    const at::Tensor on_host = numbers.to(at::kCPU).contiguous();
    const at::Tensor ng = surely_ng.to(at::kCPU), ok = surely_ok.to(at::kCPU);
    float known = 0, right = 0;
    for (int64_t i = 0; i < on_host.size(0); ++i) {
      const int truth = audit_(on_host[i].item<int64_t>());
      const bool says_ng = ng[i].item<float>() > 0, says_ok = ok[i].item<float>() > 0;
      if (truth < 0 || says_ng == says_ok) continue;
      ++known;
      right += says_ng == (truth == 1);
    }
    if (known > 0) losses.parts.emplace_back("pseudo_precision", torch::tensor(right / known));
  }

  MapConsistencyOptions options_;
  bool sure_only_;
  std::shared_ptr<train::MapMethod> map_method_;
  NgAudit audit_;
};

}  // namespace

void check_map_method(const SemiOptions& options) {
  if (options.method != "fixmatch" && options.method != "mean_teacher")
    fail("train", "semi.method={} with task=inspection, expected fixmatch or mean_teacher",
         options.method);
}

std::shared_ptr<train::Method> make_map_consistency(const SemiOptions& options,
                                                    std::shared_ptr<train::MapMethod> map_method,
                                                    NgAudit audit) {
  check_map_method(options);
  return std::make_shared<MapConsistency>(options, std::move(map_method), std::move(audit));
}

}  // namespace paucal::semi
