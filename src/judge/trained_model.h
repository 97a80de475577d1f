#pragma once
// A trained model as a run leaves it, in three files, each read as a hostile one:
//   model.safetensors   weights
//   model.json          what the network is and what its outputs mean; thresholds nobody has chosen
//   calibration.json    what held-out images chose instead. Runs of earlier versions have none:
//                       their model.json holds it.

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "edge/post/card.h"
#include "models/image_model.h"

namespace paucal::judge {

using edge::Calibration;
using edge::Task;

struct TrainedModel : edge::ModelCard {
  models::ModelOptions architecture;
  std::string map = "cam";  // how heat maps are made, see weak::class_activation
  std::shared_ptr<models::ImageModel> network;  // in evaluation mode

  // inspection: for the loss, see weak::make_mil.
  std::vector<int64_t> defect_channels() const;
};

// Makes the network of `architecture` with fresh weights; of a detector the card then tells what
// its outputs mean.
std::shared_ptr<models::ImageModel> make_network(TrainedModel& model);

// A calibration that is there belongs to the model before and goes away.
void save_model(const TrainedModel& model, const std::filesystem::path& folder);
void save_calibration(const TrainedModel& model, const std::filesystem::path& folder);
// With its calibration, where there is one. All throw Error that names the file and what is wrong
// with it.
TrainedModel load_model(const std::filesystem::path& folder);
TrainedModel load_uncalibrated(const std::filesystem::path& folder);
// What load_model() says beside the network, for whoever judges stored predictions: no weights are
// read.
edge::ModelCard load_card(const std::filesystem::path& folder);

}  // namespace paucal::judge
