// pseudo: boxes of the training images, as labels for another run.

#include "base/files.h"
#include "base/log.h"
#include "base/progress.h"
#include "pipeline/pseudo_boxes.h"
#include "pipeline/run.h"

namespace paucal::pipeline {

void execute_pseudo(RunState& run) {
  const TrainedModel model = load_model(run.folder);
  const auto records = run.dataset.indices(data::Split::kTrain);
  Json images = Json::array(), annotations = Json::array(), categories = Json::array();
  for (size_t label = 0; label < model.classes.size(); ++label)
    categories.push_back({{"id", label + 1}, {"name", model.classes[label]}});
  Progress progress("pseudo", static_cast<int64_t>(records.size()));
  for (const int index : records) {
    const data::Record& record = run.dataset.records[static_cast<size_t>(index)];
    const auto fitted = run.cache->get(index);
    const size_t id = images.size() + 1;
    images.push_back({{"id", id},
                      {"file_name", record.path},
                      {"width", fitted->geometry.original_width()},
                      {"height", fitted->geometry.original_height()}});
    if (!run.dataset.is_ok(record))
      for (const auto& [found, evidence] :
           pseudo_boxes(model, *fitted, record.label, run.recipe.pseudo)) {
        const edge::Box& box = found.box;
        annotations.push_back({{"id", annotations.size() + 1},
                               {"image_id", id},
                               {"category_id", record.label + 1},
                               {"bbox", {box.x0, box.y0, box.width(), box.height()}},
                               {"score", evidence.combined()},
                               {"evidence",
                                {{"score", evidence.score},
                                 {"mirrored", evidence.mirrored},
                                 {"deletion", evidence.deletion}}}});
      }
    progress.advance();
  }
  log::info("pseudo: {} boxes on {} training images", annotations.size(), images.size());
  write_json(run.folder / "pseudo_boxes.json", {{"images", std::move(images)},
                                                {"annotations", std::move(annotations)},
                                                {"categories", std::move(categories)}});
}

}  // namespace paucal::pipeline
