#include "pipeline/studies/simulation_run.h"

#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "edge/post/interpret.h"
#include "labels/merge_boxes.h"
#include "pipeline/raw.h"

namespace paucal::pipeline {
namespace fs = std::filesystem;
namespace {

using Wanted = std::vector<std::string>;

// Of a few epochs a warm-up of so many steps as whole runs have would be the most part.
constexpr double kShortWarmup = .1;

Json reviewed_coco(const SimulationScene& scene, const std::vector<SeenImage>& seen) {
  Json images = Json::array(), annotations = Json::array(), categories = Json::array();
  for (const std::string& name : scene.start.dataset.classes)
    categories.push_back({{"id", categories.size() + 1}, {"name", name}});
  for (const SeenImage& image : seen) {
    const data::Record& record = scene.record(scene.images[image.number]);
    images.push_back({{"id", images.size() + 1},
                      {"file_name", record.path},
                      {"width", record.width},
                      {"height", record.height}});
    for (const edge::Box& box : image.boxes)
      annotations.push_back({{"id", annotations.size() + 1},
                             {"image_id", images.size()},
                             {"category_id", record.label + 1},
                             {"bbox", {box.x0, box.y0, box.width(), box.height()}}});
  }
  return {{"images", std::move(images)},
          {"annotations", std::move(annotations)},
          {"categories", std::move(categories)}};
}

std::vector<std::string> paths_of(const data::Dataset& dataset) {
  std::vector<std::string> paths;
  for (const data::Record& record : dataset.records) paths.push_back(record.path);
  return paths;
}

// That the image is what its label says.
double probability_of_label(const edge::ModelCard& card, const judge::RawPrediction& raw,
                            int label) {
  const edge::Prediction seen = interpret(card, raw);
  if (seen.class_probabilities.empty()) return seen.probability;
  return seen.class_probabilities.at(static_cast<size_t>(label));
}

}  // namespace

void teach(const SimulationScene& scene, const Teaching& teaching, const fs::path& folder,
           const Train& train) {
  std::vector<labels::Problem> problems;
  const Json taught = labels::merge_boxes(
      read_json(teaching.before / "pseudo_boxes.json"), reviewed_coco(scene, teaching.seen),
      teaching.min_evidence, paths_of(scene.start.dataset), problems);
  for (const labels::Problem& problem : problems)
    fail("simulate", "'{}': {}", problem.path, problem.message);
  RunState run{.recipe = scene.start.recipe, .folder = folder, .train = train};
  RunFolder held(run.folder);
  const fs::path boxes = folder / "taught_boxes.json";
  write_json(boxes, taught);
  Recipe& recipe = run.recipe;
  recipe.data.boxes = boxes.string();
  recipe.model.weights = (teaching.before / "model.safetensors").string();
  recipe.train.epochs = teaching.epochs;
  recipe.train.steps = 0;
  recipe.train.seed = teaching.seed;
  train::ScheduleOptions& schedule = recipe.train.schedule;
  schedule.warmup_steps = 0;
  schedule.warmup_fraction = std::max(schedule.warmup_fraction, kShortWarmup);
  run_stages(run, teaching.proposes ? Wanted{"eval", "pseudo"} : Wanted{"eval"}, held);
}

std::vector<Proposal> proposals_of(const SimulationScene& scene, const fs::path& run) {
  const edge::ModelCard card = judge::load_card(run);
  const judge::RawStore raw = stored_raw(run, scene.start.dataset, card);
  std::vector<Proposal> proposals(scene.images.size());
  std::unordered_map<std::string, Proposal*> by_path;
  for (size_t i = 0; i < proposals.size(); ++i) {
    const SimulatedImage& image = scene.images[i];
    proposals[i].candidate.probability =
        probability_of_label(card, raw.at(image.record), scene.record(image).label);
    by_path[scene.record(image).path] = &proposals[i];
  }
  const Json pseudo = read_json(run / "pseudo_boxes.json");
  std::vector<Proposal*> by_id(pseudo.at("images").size() + 1);  // ids count from 1
  for (const Json& image : pseudo.at("images"))
    if (const auto found = by_path.find(image.at("file_name").get<std::string>());
        found != by_path.end())
      by_id.at(image.at("id").get<size_t>()) = found->second;
  for (const Json& annotation : pseudo.at("annotations")) {
    Proposal* proposal = by_id.at(annotation.at("image_id").get<size_t>());
    if (!proposal) continue;
    const auto side = annotation.at("bbox").get<std::vector<float>>();
    proposal->boxes.push_back(
        {side.at(0), side.at(1), side.at(0) + side.at(2), side.at(1) + side.at(3)});
    proposal->candidate.evidence.push_back(annotation.at("score").get<double>());
  }
  return proposals;
}

std::span<const metrics::Picked> simulation_figures() {
  using metrics::ImageFigures;
  using metrics::LocalisationFigures;
  static const metrics::Picked kSimulated[] = {
      &LocalisationFigures::map_at_50, &LocalisationFigures::loc_at_3px,
      &LocalisationFigures::median_edge_error_px, &ImageFigures::auroc};
  return kSimulated;
}

Json figures_of_simulated(const fs::path& run) {
  return metrics::picked_json(metrics::figures_from_json(read_json(run / "eval.json")),
                              simulation_figures());
}

}  // namespace paucal::pipeline
