#include "pipeline/trained_model.h"

#include <torch/torch.h>

#include "base/error.h"
#include "base/files.h"
#include "edge/post/boxes.h"
#include "models/safetensors.h"
#include "train/checkpoint.h"

namespace paucal::pipeline {
namespace {

constexpr int kFormat = 1;

template <class T>
Json options_json(T options) {
  return options_of(options).to_json();
}

template <class T>
T options_from(const Json& json) {
  T options;
  options_of(options).load_json(json);
  return options;
}

Json to_json(const Calibration& c) {
  return {{"ng_scale", c.ng.a},
          {"ng_offset", c.ng.b},
          {"temperature", c.temperature},
          {"threshold", c.threshold},
          {"heat_low", c.heat_low},
          {"heat_high", c.heat_high},
          {"box_heat", c.box_heat},
          {"box_shrink", c.box_shrink},
          {"threshold_rule", c.threshold_rule},
          {"box_rule", c.box_rule},
          {"warning", c.warning}};
}

Calibration calibration_from(const Json& json) {
  Calibration c;
  c.ng.a = json.at("ng_scale");
  c.ng.b = json.at("ng_offset");
  c.temperature = json.at("temperature");
  c.threshold = json.at("threshold");
  c.heat_low = json.at("heat_low");
  c.heat_high = json.at("heat_high");
  c.box_heat = json.at("box_heat");
  c.box_shrink = json.at("box_shrink");
  c.threshold_rule = json.at("threshold_rule");
  c.box_rule = json.at("box_rule");
  c.warning = json.at("warning");
  return c;
}

}  // namespace

int TrainedModel::channels() const {
  if (task == Task::kClassification) return static_cast<int>(classes.size());
  const auto defects = std::ranges::count(class_is_ok, false);
  return defects > 1 ? 1 + static_cast<int>(defects) : 1;
}

int64_t TrainedModel::channel_of(int label) const {
  if (task == Task::kClassification) return label;
  if (channels() == 1 || class_is_ok[static_cast<size_t>(label)]) return -1;
  return 1 + std::count(class_is_ok.begin(), class_is_ok.begin() + label, false);
}

std::vector<int64_t> TrainedModel::defect_channels() const {
  std::vector<int64_t> result;
  for (size_t label = 0; label < classes.size(); ++label)
    result.push_back(
        class_is_ok[label] ? -1 : std::max<int64_t>(0, channel_of(static_cast<int>(label))));
  return result;
}

std::shared_ptr<models::ImageModel> make_network(const TrainedModel& model) {
  return models::make_model(model.architecture, model.channels());
}

void save_model(const TrainedModel& model, const std::filesystem::path& folder) {
  models::TensorFile weights;
  for (const auto& [name, tensor] : train::tensors_of(*model.network))
    weights.tensors[name] = tensor.detach().to(at::kCPU).contiguous();
  weights.metadata["format"] = "paucal";
  models::write_safetensors(folder / "model.safetensors", weights);
  write_json(folder / "model.json",
             {{"format", kFormat},
              {"task", model.task == Task::kInspection ? "inspection" : "classification"},
              {"classes", model.classes},
              {"class_is_ok", model.class_is_ok},
              {"architecture", options_json(model.architecture)},
              {"input", options_json(model.input)},
              {"top", model.top},
              {"map", model.map},
              {"flips", model.flips},
              {"min_area", model.min_area},
              {"max_boxes", model.max_boxes},
              {"calibration", to_json(model.calibration)}});
}

TrainedModel load_model(const std::filesystem::path& folder) {
  const auto path = folder / "model.json";
  const Json json = read_json(path);
  TrainedModel model;
  try {
    if (json.at("format") != kFormat)
      fail("model", "'{}': format {}, expected {}", path.string(), json.at("format").dump(),
           kFormat);
    model.task = json.at("task") == "inspection" ? Task::kInspection : Task::kClassification;
    model.classes = json.at("classes").get<std::vector<std::string>>();
    model.class_is_ok = json.at("class_is_ok").get<std::vector<bool>>();
    model.architecture = options_from<models::ModelOptions>(json.at("architecture"));
    model.input = options_from<edge::PreprocessOptions>(json.at("input"));
    model.top = json.at("top");
    model.map = json.at("map");
    model.flips = json.at("flips");
    model.min_area = json.at("min_area");
    model.max_boxes = json.at("max_boxes");
    model.calibration = calibration_from(json.at("calibration"));
  } catch (const Json::exception& error) {
    fail("model", "'{}': {}", path.string(), error.what());
  }
  if (model.classes.empty() || model.classes.size() > 100'000 ||
      model.class_is_ok.size() != model.classes.size())
    fail("model", "'{}': {} classes and {} OK marks, expected as many of each, 1 to 100000",
         path.string(), model.classes.size(), model.class_is_ok.size());
  model.network = make_network(model);
  train::load_tensors(*model.network,
                      models::read_safetensors(folder / "model.safetensors").tensors);
  model.network->eval();
  return model;
}

}  // namespace paucal::pipeline
