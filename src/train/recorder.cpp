#include "train/recorder.h"

namespace paucal::train {

Recorder::Recorder(const std::filesystem::path& folder, int64_t step)
    : lines_(folder / "metrics.jsonl"), events_(folder / "events", step + 1) {
  lines_.truncate_after(step);
}

void Recorder::update(int64_t step, const UpdateFigures& figures) {
  Json line = {{"step", step},
               {"loss", figures.loss},
               {"lr", figures.learning_rate},
               {"gradient_norm", figures.gradient_norm}};
  for (const auto& [name, value] : figures.parts) line[name] = value;
  for (const auto& [name, value] : line.items())
    if (name != "step") events_.scalar("train/" + name, step, value.get<double>());
  lines_.append(line);
}

void Recorder::validation(int64_t step, const Metrics& metrics) {
  Json line = {{"step", step}};
  for (const auto& [name, value] : metrics) {
    line["val_" + name] = value;
    events_.scalar("val/" + name, step, value);
  }
  lines_.append(line);
  events_.flush();
}

}  // namespace paucal::train
