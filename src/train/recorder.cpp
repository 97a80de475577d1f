#include "train/recorder.h"

#include <torch/torch.h>

namespace paucal::train {
namespace {

void record_scores(Events& events, int64_t step, const Scores& scores) {
  events.pr_curve("pr/" + scores.name, step, pr_curve_of(scores.probabilities, scores.positive));
  std::vector<float> positive, others;
  for (size_t i = 0; i < scores.probabilities.size(); ++i)
    (scores.positive[i] ? positive : others).push_back(static_cast<float>(scores.probabilities[i]));
  events.histogram("scores/" + scores.name, step, histogram_of(positive));
  events.histogram("scores/not " + scores.name, step, histogram_of(others));
}

// Of those that are more than a vector: biases and norms say little, and are many.
void record_weights(Events& events, int64_t step, const torch::nn::Module& network) {
  for (const auto& parameter : network.named_parameters()) {
    if (parameter->dim() < 2) continue;
    const at::Tensor weights = parameter->detach().to(at::kCPU, at::kFloat).contiguous();
    events.histogram(
        "weights/" + parameter.key(), step,
        histogram_of({weights.data_ptr<float>(), static_cast<size_t>(weights.numel())}));
  }
}

}  // namespace

Recorder::Recorder(const std::filesystem::path& folder, int64_t step, RecordedEvents events)
    : lines_(folder / "metrics.jsonl"),
      events_(open_events(events.which, folder / "events", step + 1)),
      settings_(std::move(events.settings)) {
  lines_.truncate_after(step);
}

void Recorder::update(int64_t step, const UpdateFigures& figures) {
  Json line = {{"step", step},
               {"loss", figures.loss},
               {"lr", figures.learning_rate},
               {"gradient_norm", figures.gradient_norm}};
  for (const auto& [name, value] : figures.parts) line[name] = value;
  for (const auto& [name, value] : line.items())
    if (name != "step")
      for (const auto& events : events_) events->scalar("train/" + name, step, value.get<double>());
  lines_.append(line);
}

void Recorder::validation(int64_t step, const Validation& validation,
                          const torch::nn::Module& network) {
  Json line = {{"step", step}};
  std::vector<std::string> tags;
  for (const auto& [name, value] : validation.metrics) {
    line["val_" + name] = value;
    tags.push_back("val/" + name);
  }
  lines_.append(line);
  for (const auto& events : events_) {
    for (size_t i = 0; i < tags.size(); ++i)
      events->scalar(tags[i], step, validation.metrics[i].second);
    // Here, since the names of what runs are compared by are known from now on.
    if (!settings_.empty()) events->settings(settings_, tags);
    for (const Picture& picture : validation.pictures)
      events->image("images/" + picture.name, step, picture);
    for (const Scores& scores : validation.scores) record_scores(*events, step, scores);
    record_weights(*events, step, network);
  }
  settings_.clear();
  flush();
}

void Recorder::flush() {
  for (const auto& events : events_) events->flush();
}

}  // namespace paucal::train
