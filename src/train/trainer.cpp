#include "train/trainer.h"

#include <torch/torch.h>

#include <chrono>
#include <cmath>
#include <optional>
#include <set>

#include "base/error.h"
#include "base/host/log.h"
#include "base/host/progress.h"
#include "train/autocast.h"
#include "train/checkpoint.h"
#include "train/events.h"
#include "train/jsonl.h"
#include "train/runtime.h"

namespace paucal::train {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

// Values of scalars. Those on a CUDA device come in one transfer: each one waits for the device.
std::vector<double> on_host(const std::vector<at::Tensor>& scalars) {
  std::vector<at::Tensor> away;
  for (const at::Tensor& scalar : scalars)
    if (scalar.is_cuda()) away.push_back(scalar.to(at::kDouble).reshape({}));
  if (!away.empty()) away = torch::stack(away).cpu().unbind();
  auto next = away.begin();
  std::vector<double> values;
  for (const at::Tensor& scalar : scalars)
    values.push_back((scalar.is_cuda() ? *next++ : scalar).item<double>());
  return values;
}

class Run {
 public:
  Run(const TrainOptions& options, TrainJob& job)
      : options_(options),
        job_(job),
        device_(pick_device(options.device)),
        total_(options.steps > 0
                   ? options.steps
                   : std::max<int64_t>(1, std::llround(options.epochs * job.steps_per_epoch))),
        eval_every_(std::max<int64_t>(1, std::llround(options.eval_epochs * job.steps_per_epoch))),
        heads_(job.method->heads()) {
    place(*job_.model);
    place(*job_.average);
    NamedTensors trained = trainable_parameters(*job_.model);
    if (heads_) {
      heads_->to(device_);
      for (auto& [name, tensor] : trainable_parameters(*heads_))
        trained.emplace_back("heads." + name, tensor);
    }
    optimiser_ = std::make_unique<Optimiser>(std::move(trained), options.optimiser);
    ema_ = std::make_unique<Ema>(*job_.model, *job_.average, options.ema);
  }

  TrainResult run() {
    resume();
    result_.steps = total_;
    result_.resumed_from = step_;
    if (step_ < total_) loop();
    if (options_.keep == "best") take_best();
    job_.average->eval();
    return result_;
  }

 private:
  void place(torch::nn::Module& module) const {
    module.to(device_);
    if (!device_.is_cuda()) return;
    // As the images lie, so that no convolution has to turn its weights around. (oneDNN has its own
    // layout.)
    for (at::Tensor& parameter : module.parameters())
      if (parameter.dim() == 4)
        parameter.set_data(parameter.contiguous(at::MemoryFormat::ChannelsLast));
  }

  void resume() {
    const auto path = job_.folder / "last.safetensors";
    const auto checkpoint = read_checkpoint(path);
    if (checkpoint) {
      const auto& header = checkpoint->header;
      if (header.at("fingerprint") != job_.fingerprint)
        fail("resume",
             "'{}' belongs to another recipe or other data, expected the same; "
             "use another --out, or delete the file",
             path.string());
      load_tensors(*job_.model, checkpoint->take("model"));
      if (heads_) load_tensors(*heads_, checkpoint->take("heads"));
      ema_->load_state(checkpoint->take("ema"));
      optimiser_->load_state(checkpoint->take("optimiser"));
      job_.method->load_state(checkpoint->take("method"));
      set_random_state(checkpoint->tensors.at("random"));
      if (const auto seen = checkpoint->tensors.find("seen"); seen != checkpoint->tensors.end())
        use(seen->second);
      step_ = header.at("step");
      result_.best = best_from_json(header);
      log::info("train: going on at step {} of {}", step_, total_);
    } else {
      torch::manual_seed(options_.seed);
    }
    metrics_ = std::make_unique<JsonLines>(job_.folder / "metrics.jsonl");
    metrics_->truncate_after(step_);
    events_ = std::make_unique<EventWriter>(job_.folder / "events", step_ + 1);
  }

  void take_best() {
    if (result_.best.exists()) {
      const auto best = read_checkpoint(job_.folder / "best.safetensors");
      if (best) ema_->load_state(best->take("ema"));
    } else if (job_.validate) {
      log::warn("train: no validation had a defined metric: the last weights are kept");
    }
  }

  void use(const at::Tensor& seen) {
    seen_ = seen;
    if (job_.survey.use) job_.survey.use(seen_);
  }

  // The step before which the k-th look falls, k = 1 … survey.count.
  int64_t step_of_look(int64_t k) const { return k * total_ / (job_.survey.count + 1); }

  // Looks where it is time to, and returns the step before which it will be again.
  int64_t survey() {
    bool now = false;
    int64_t next = total_;
    for (int64_t k = job_.survey.count; k >= 1; --k) {
      if (step_of_look(k) > step_) next = step_of_look(k);
      now = now || (step_of_look(k) == step_ && step_ > 0);
    }
    if (now) {
      job_.average->eval();
      use(job_.survey.look());
    }
    return next;
  }

  void loop() {
    Progress progress("train", total_);
    progress.set(step_);
    const auto start = Clock::now();
    auto saved = start;
    int64_t images = 0;
    std::optional<data::Loader> loader;
    int64_t until = step_;
    while (step_ < total_) {
      if (step_ == until) {
        loader.reset();
        until = survey();
        loader.emplace(job_.make_batch, step_ * options_.accumulate, until * options_.accumulate,
                       options_.loader);
      }
      const double loss = update(*loader, images);
      ++step_;
      progress.set(step_, fmt::format("loss {:.4f}", loss));
      const bool last = step_ == total_;
      if (job_.validate && (last || step_ % eval_every_ == 0)) validate();
      if (last || seconds_since(saved) >= options_.checkpoint_seconds) {
        save(job_.folder / "last.safetensors");
        saved = Clock::now();
      }
    }
    result_.images_per_second = static_cast<double>(images) / seconds_since(start);
    events_->flush();
  }

  // One update of the weights; the mean loss over its batches.
  double update(data::Loader& loader, int64_t& images) {
    job_.model->train();
    optimiser_->zero_grad();
    std::vector<at::Tensor> figures;  // losses, gradient norm, parts of the first loss
    std::vector<std::string> names;   // of the parts
    std::vector<at::Tensor> parts;
    std::set<int> records;
    for (int i = 0; i < options_.accumulate; ++i) {
      const data::Batch batch = loader.next();
      images += batch.count;
      records.insert(batch.records.begin(), batch.records.end());
      Context context{*job_.model, *job_.average, step_, total_};
      Losses losses;
      {
        const Autocast autocast(device_.type(), options_.mixed_precision && device_.is_cuda());
        losses = job_.method->step(to_tensors(batch, device_), context);
      }
      (losses.total / options_.accumulate).backward();
      figures.push_back(losses.total.detach());
      if (i == 0)
        for (const auto& [name, part] : losses.parts) {
          names.push_back(name);
          parts.push_back(part.detach());
        }
    }
    figures.push_back(optimiser_->gradient_norm());
    figures.insert(figures.end(), parts.begin(), parts.end());
    const std::vector<double> values = on_host(figures);
    const auto batches = static_cast<size_t>(options_.accumulate);
    double loss = 0;
    for (size_t i = 0; i < batches; ++i) {
      if (!std::isfinite(values[i])) refuse("loss", values[i], records);
      loss += values[i] / options_.accumulate;
    }
    const double norm = values[batches];
    if (!std::isfinite(norm)) refuse("gradient norm", norm, records);
    optimiser_->clip_gradients(norm);
    const double scale = lr_at(step_, total_, options_.schedule);
    optimiser_->step(scale);
    ema_->update();

    Json line = {{"step", step_ + 1}, {"loss", loss}, {"lr", scale * options_.optimiser.lr}};
    line["gradient_norm"] = norm;
    for (size_t i = 0; i < names.size(); ++i) line[names[i]] = values[batches + 1 + i];
    for (const auto& [name, value] : line.items())
      if (name != "step") events_->scalar("train/" + name, step_ + 1, value.get<double>());
    metrics_->append(line);
    return loss;
  }

  [[noreturn]] void refuse(std::string_view what, double value,
                           const std::set<int>& records) const {
    std::vector<std::string> names;
    for (const int record : records)
      names.push_back(job_.record_name ? job_.record_name(record) : std::to_string(record));
    fail("train",
         "step {}: the {} is {}, expected a finite number; images: {}. "
         "A lower train.optimiser.lr or train.optimiser.clip_norm=1 often helps",
         step_, what, value, fmt::join(names, ", "));
  }

  void validate() {
    job_.average->eval();
    const auto figures = job_.validate(*job_.average);
    Json line = {{"step", step_}};
    for (const auto& [name, value] : figures) {
      line["val_" + name] = value;
      events_->scalar("val/" + name, step_, value);
    }
    metrics_->append(line);
    events_->flush();
    if (figures.empty()) return;
    log::debug("step {}: validation {} {:.4f}", step_, figures[0].first, figures[0].second);
    if (!std::isfinite(figures[0].second))
      log::warn("train: step {}: validation {} is undefined and is not compared", step_,
                figures[0].first);
    if (result_.best.offer(figures[0].second, step_)) save(job_.folder / "best.safetensors");
  }

  void save(const std::filesystem::path& path) const {
    Checkpoint checkpoint;
    checkpoint.header = {
        {"step", step_}, {"total_steps", total_}, {"fingerprint", job_.fingerprint}};
    checkpoint.header.update(to_json(result_.best));
    checkpoint.put("model", tensors_of(*job_.model));
    if (heads_) checkpoint.put("heads", tensors_of(*heads_));
    checkpoint.put("ema", ema_->state());
    checkpoint.put("optimiser", optimiser_->state());
    checkpoint.put("method", job_.method->state());
    checkpoint.tensors["random"] = random_state();
    if (seen_.defined()) checkpoint.tensors["seen"] = seen_;
    write_checkpoint(path, checkpoint);
  }

  const TrainOptions& options_;
  TrainJob& job_;
  c10::Device device_;
  int64_t total_, eval_every_;
  std::shared_ptr<torch::nn::Module> heads_;
  int64_t step_ = 0;
  at::Tensor seen_;  // by the last look
  TrainResult result_;
  std::unique_ptr<Optimiser> optimiser_;
  std::unique_ptr<Ema> ema_;
  std::unique_ptr<JsonLines> metrics_;
  std::unique_ptr<EventWriter> events_;
};

}  // namespace

TrainResult train(const TrainOptions& options, TrainJob& job) {
  std::filesystem::create_directories(job.folder);
  return Run(options, job).run();
}

}  // namespace paucal::train
