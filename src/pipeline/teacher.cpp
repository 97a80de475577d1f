#include "pipeline/teacher.h"

#include <filesystem>

#include "base/error.h"
#include "judge/trained_model.h"
#include "models/load_start.h"
#include "pipeline/own_weights.h"
#include "pipeline/take_weights.h"

namespace paucal::pipeline {

Teacher load_teacher(const std::string& source) {
  if (std::filesystem::is_directory(source)) {
    const judge::TrainedModel model = judge::load_uncalibrated(source);
    return {model.network, model.input};
  }
  Recipe recipe;
  recipe.task = "classification";  // all stages of the network
  recipe.input.channels = 3;       // as published networks are trained
  recipe.model.weights = source;
  if (!take_own_start(source, recipe, {})) {
    if (!models::recognise_file(source, "auto"))
      fail("pretrain",
           "pretrain.teacher='{}': its network is not known, expected published weights, a file of "
           "paucal pretrain, or the folder of a run",
           source);
    take_weights(recipe, {});
  }
  recipe.model.channels = edge::network_channels(recipe.input);
  Teacher teacher{models::make_model(recipe.model, 1), recipe.input};
  models::load_start(*teacher.network, recipe.model, recipe.input);
  teacher.network->eval();
  return teacher;
}

}  // namespace paucal::pipeline
