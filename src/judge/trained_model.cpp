#include "judge/trained_model.h"

#include <torch/torch.h>

#include "base/error.h"
#include "base/files.h"
#include "base/options_json.h"
#include "edge/post/boxes.h"
#include "models/box_head.h"
#include "models/safetensors.h"
#include "train/checkpoint.h"

namespace paucal::judge {
namespace {

constexpr const char* kCard = "model.json";
constexpr const char* kCalibration = "calibration.json";

Json calibrated_json(const std::filesystem::path& folder) {
  Json json = read_json(folder / kCard);
  if (std::filesystem::exists(folder / kCalibration))
    json.merge_patch(read_json(folder / kCalibration));
  return json;
}

edge::ModelCard card_from(const Json& json, const std::filesystem::path& folder) {
  auto card = edge::card_from_json(json);
  if (!card.ok()) fail("model", "'{}': {}", (folder / kCard).string(), card.failure().message);
  return std::move(*card);
}

TrainedModel model_from(const Json& json, const std::filesystem::path& folder) {
  TrainedModel model;
  static_cast<edge::ModelCard&>(model) = card_from(json, folder);
  try {
    model.map = json.at("map").get<std::string>();
    options_of(model.architecture).load_json(json.at("architecture"));
  } catch (const Json::exception& error) {
    fail("model", "'{}': {}", (folder / kCard).string(), error.what());
  }
  model.network = make_network(model);
  train::load_tensors(*model.network,
                      models::read_safetensors(folder / "model.safetensors").tensors);
  model.network->eval();
  return model;
}

}  // namespace

std::vector<int64_t> TrainedModel::defect_channels() const {
  std::vector<int64_t> result;
  for (size_t label = 0; label < classes.size(); ++label)
    result.push_back(
        class_is_ok[label] ? -1 : std::max<int64_t>(0, channel_of(static_cast<int>(label))));
  return result;
}

std::shared_ptr<models::ImageModel> make_network(TrainedModel& model) {
  auto network = models::make_model(model.architecture, model.channels(), model.box_classes());
  const models::DetectorOptions& options = model.architecture.detector;
  if (options.bbox_head.on() && !model.detector) {
    model.detector = edge::DetectorCard{.classes = model.box_classes(),
                                        .strides = {},
                                        .anchors = options.anchors,
                                        .nms = options.nms};
    if (options.bbox_head.dense()) model.detector->strides = network->box_head()->level_strides();
  }
  return network;
}

void save_model(const TrainedModel& model, const std::filesystem::path& folder) {
  models::TensorFile weights;
  for (const auto& [name, tensor] : train::tensors_of(*model.network))
    weights.tensors[name] = tensor.detach().to(at::kCPU).contiguous();
  weights.metadata["format"] = "paucal";
  // Killed between two files, no card speaks of other weights.
  std::filesystem::remove(folder / kCalibration);
  std::filesystem::remove(folder / kCard);
  models::write_safetensors(folder / "model.safetensors", weights);
  Json json = edge::to_json(model);
  json["architecture"] = options_json(model.architecture);
  json["map"] = model.map;
  write_json(folder / kCard, json);
}

void save_calibration(const TrainedModel& model, const std::filesystem::path& folder) {
  const Json card = edge::to_json(model);
  Json json = {{"map", model.map}};
  for (const char* key : {"flips", "min_area", "max_boxes", "calibration"}) json[key] = card[key];
  if (model.coarse) json["coarse"] = card["coarse"];
  json["input"]["coarse"] = card["input"]["coarse"];
  if (model.detector) json["detector"]["score"] = card["detector"]["score"];
  write_json(folder / kCalibration, json);
}

TrainedModel load_model(const std::filesystem::path& folder) {
  return model_from(calibrated_json(folder), folder);
}

TrainedModel load_uncalibrated(const std::filesystem::path& folder) {
  return model_from(read_json(folder / kCard), folder);
}

edge::ModelCard load_card(const std::filesystem::path& folder) {
  return card_from(calibrated_json(folder), folder);
}

}  // namespace paucal::judge
