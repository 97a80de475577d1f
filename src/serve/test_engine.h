#pragma once
// For tests of the protocol: an engine without networks. A file is an image if it begins like a
// JPEG; its verdict is NG if its third byte is above 127. Of pixels the first one's red decides.

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/json_text.h"
#include "serve/engine.h"

namespace paucal::serve {

inline edge::ModelCard inspection_card() {
  edge::ModelCard card;
  card.classes = {"NG", "OK"};
  card.class_is_ok = {false, true};
  card.max_pixels = 1'000'000;
  return card;
}

inline edge::ModelCard classification_card() {
  edge::ModelCard card;
  card.task = edge::Task::kClassification;
  card.classes = {"bolt", "nut", "wash\"er"};
  card.class_is_ok = {false, false, false};
  card.max_pixels = 1'000'000;
  return card;
}

// A file that TestEngine takes for an image.
inline std::string jpeg_like(int brightness, std::size_t size = 16) {
  std::string file = "\xFF\xD8";
  file += static_cast<char>(brightness);
  file.resize(std::max<std::size_t>(size, 3), '\x7F');
  return file;
}

class TestEngine : public Engine {
 public:
  // screws: inspection, versions 1 and 2 loaded, 2 serves. parts: classification. asleep: known.
  TestEngine() {
    add("screws", 1, inspection_card());
    add("screws", 2, inspection_card());
    add("parts", 1, classification_card());
  }

  void submit(Job job, std::function<void(Answer<Done>)> done) override {
    jobs.push_back(job);
    if (refuse) return done(*refuse);
    const auto found = model(job.model, job.version);
    if (const auto* refused = std::get_if<Refused>(&found)) return done(*refused);
    Done answer{std::get<0>(found), {}, {1000, 2000, 3000, 4000}};
    for (std::size_t i = 0; i < job.inputs.size(); ++i) {
      const int brightness = brightness_of(job.inputs[i]);
      if (brightness < 0)
        return done(Refused{Refusal::kBadInput,
                            fmt::format("[infer] image {}: expected JPEG, PNG or WebP", i)});
      answer.images.push_back(predicted(answer.served->card, brightness));
    }
    done(std::move(answer));
  }
  std::vector<std::string> names() const override { return {"asleep", "parts", "screws"}; }
  Answer<std::shared_ptr<const ServedModel>> model(const std::string& name,
                                                   std::optional<int> version) const override {
    if (name == "asleep") return Refused{Refusal::kNotReady, "[model] 'asleep': not loaded"};
    std::shared_ptr<const ServedModel> best;
    for (const auto& model : models)
      if (model->name == name && (!version || *version == model->version)) best = model;
    if (!best) return Refused{Refusal::kUnknownModel, "[model] '" + name + "': unknown"};
    return best;
  }
  std::vector<int> loaded_versions(const std::string& name) const override {
    std::vector<int> versions;
    for (const auto& model : models)
      if (model->name == name) versions.push_back(model->version);
    return versions;
  }
  std::vector<ModelState> index() const override {
    return {{"asleep", 1, "UNAVAILABLE", "[model] 'asleep': 3 bytes, expected a model"},
            {"screws", 2, "READY", ""}};
  }
  bool ready() const override { return is_ready; }
  std::vector<ModelStatistics> statistics() const override {
    ModelStatistics of;
    of.name = "screws";
    of.version = 2;
    of.last_inference_ms = 1'700'000'000'000;
    of.inference_count = 7;
    of.execution_count = 5;
    of.success = {5, 50'000'000};
    of.queue = {5, 4'000'000};
    of.rejected = 3;
    of.ng = 2;
    of.ok = 5;
    of.shadow = {{"OK→NG", 1}};
    of.request_seconds_buckets = {0, 1, 2, 0, 0, 0, 0, 0, 0, 0, 0, 2};
    of.probability_buckets = {4, 1, 0, 0, 0, 0, 0, 0, 0, 2};
    return {of};
  }
  void load(const std::string& name, std::optional<int> version, Changed done) override {
    changes.push_back(fmt::format("load {} {}", name, version.value_or(-1)));
    done(refuse);
  }
  void unload(const std::string& name, Changed done) override {
    changes.push_back("unload " + name);
    done(refuse);
  }
  void rollback(const std::string& name, Changed done) override {
    changes.push_back("rollback " + name);
    done(refuse);
  }
  int max_batch() const override { return 4; }

  static Predicted predicted(const edge::ModelCard& card, int brightness) {
    Predicted image;
    edge::Prediction& p = image.prediction;
    p.probability = static_cast<double>(brightness) / 255;
    p.ng = brightness > 127;
    p.heat = edge::Map(3, 2, .25f);
    p.geometry = edge::Geometry(3, 2);
    if (card.task == edge::Task::kClassification) {
      p.label = brightness > 127 ? 1 : 0;
      p.class_probabilities = {1 - p.probability, p.probability, 0};
    }
    // As many boxes as the brightness has hundreds.
    for (int k = 0; k < brightness / 100; ++k)
      p.boxes.push_back({{k + .5f, 1, k + 2.5f, 4}, .75f, k});
    image.json = dump_json(edge::to_json(card, p));
    return image;
  }

  std::vector<Job> jobs;
  std::vector<std::string> changes;
  std::optional<Refused> refuse;
  bool is_ready = true;
  std::vector<std::shared_ptr<const ServedModel>> models;

 private:
  static int brightness_of(const Input& input) {
    if (const auto* image = std::get_if<edge::Image>(&input)) return image->pixels[0];
    const std::string& file = std::get<EncodedImage>(input);
    return file.starts_with("\xFF\xD8") && file.size() > 2 ? static_cast<std::uint8_t>(file[2])
                                                           : -1;
  }
  void add(const std::string& name, int version, edge::ModelCard card) {
    models.push_back(std::make_shared<ServedModel>(
        ServedModel{name, version, std::string(64, 'a'), std::move(card), 0, .25}));
  }
};

}  // namespace paucal::serve
