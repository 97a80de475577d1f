#include "pipeline/map_training.h"

#include "base/error.h"
#include "weak/dense/detection.h"
#include "weak/dense/self_training.h"
#include "weak/map/seam.h"

namespace paucal::pipeline {
namespace {

using MapMethod = std::shared_ptr<train::MapMethod>;

std::shared_ptr<train::Method> with_boxes(const Training& training, MapMethod map_method,
                                          const MapMeaning& meaning) {
  const Recipe& recipe = training.run.recipe;
  weak::BoxSetting setting{.detector = recipe.model.detector,
                           .detection = recipe.detect,
                           .classes = training.model.box_classes(),
                           .map = {}};
  setting.map.softmax = meaning.softmax;
  // A box has the class of the channel that shows it.
  return weak::make_detection(setting, std::move(map_method),
                              {meaning.channels.begin(), meaning.channels.end()});
}

std::shared_ptr<train::Method> with_seam(const Training& training, MapMethod map_method,
                                         const MapMeaning& meaning) {
  const Recipe& recipe = training.run.recipe;
  return weak::make_seam({.options = recipe.seam,
                          .channel = meaning.channels,
                          .multiple = std::max(1, recipe.input.multiple)},
                         std::move(map_method), *training.work.model);
}

}  // namespace

std::shared_ptr<train::Method> whole_method(const Training& training, MapMethod map_method,
                                            const MapMeaning& meaning) {
  const Recipe& recipe = training.run.recipe;
  if (recipe.model.detector.bbox_head.on())
    return with_boxes(training, std::move(map_method), meaning);
  if (recipe.seam.on()) return with_seam(training, std::move(map_method), meaning);
  return map_method;
}

void check_whole_method(const Recipe& recipe) {
  const models::BboxHeadOptions& head = recipe.model.detector.bbox_head;
  const weak::SelfTrainingOptions& teacher = recipe.detect.self_training;
  if (head.on() && teacher.on()) weak::check_teacher(teacher, head);
  if (head.on() && recipe.seam.on())
    fail("train", "seam.weight={} with model.bbox_head.type={}, expected one of them to be off",
         recipe.seam.weight, head.type);
}

}  // namespace paucal::pipeline
