// pseudo: boxes of the training images, as labels for another run; those that need eyes most come
// first.

#include <algorithm>

#include "base/files.h"
#include "base/host/log.h"
#include "base/host/progress.h"
#include "judge/acceptance.h"
#include "judge/pseudo_boxes.h"
#include "metrics/box_accuracy.h"
#include "pipeline/raw.h"
#include "pipeline/run.h"

namespace paucal::pipeline {
namespace {

// One training image.
struct Looked {
  int record = -1;
  std::vector<judge::PseudoBox> boxes = {};

  // Its least sure box; an NG image without any is least sure of all, an OK one needs no look.
  double sureness(bool ok, const judge::Acceptance& acceptance) const {
    if (ok) return 3;
    double least = boxes.empty() ? 0 : 1;
    for (const judge::PseudoBox& box : boxes) least = std::min(least, box.evidence.combined());
    return !boxes.empty() && least >= acceptance.evidence ? 2 : least;
  }
};

// The run's model, and how it looks at images and at changed copies of them.
struct Looker {
  judge::TrainedModel model;
  judge::PseudoLooks looks;
  judge::RawSource first;  // a record as it is, without a mean over mirrored images
};

Looker looker_of(const RunState& run) {
  Looker looker{judge::load_model(run.folder), {}, {}};
  looker.looks = judge::looks_of(looker.model);
  if (!looker.model.flips)
    looker.first = stored_raw(run.folder, run.dataset, looker.model).source();
  else
    looker.first = [alone = looker.looks.alone, &cache = *run.cache](int record) {
      return alone(*cache.get(record));
    };
  return looker;
}

std::vector<judge::PseudoBox> pseudo_boxes_of(const Looker& looker, RunState& run, int record) {
  return judge::pseudo_boxes(looker.model, *run.cache->get(record), looker.first(record),
                             looker.looks, run.dataset.at(record).label, run.recipe.pseudo);
}

// Boxes of held-out images whose true ones people gave.
std::vector<judge::JudgedBox> judged_boxes(const Looker& looker, RunState& run) {
  std::vector<judge::JudgedBox> judged;
  for (const int index : run.dataset.indices(data::Split::kVal)) {
    const data::Record& record = run.dataset.at(index);
    if (record.supervision != data::Supervision::kBoxes) continue;
    metrics::ImageBoxes pair;
    for (const labels::Instance& object : record.given) pair.truths.push_back(object.box);
    const auto boxes = pseudo_boxes_of(looker, run, index);
    for (const judge::PseudoBox& box : boxes) pair.predictions.push_back(box.found);
    std::vector<judge::JudgedBox> of_image;
    for (const judge::PseudoBox& box : boxes)
      of_image.push_back({box.evidence.combined(), false, index});
    for (const metrics::Match& match : metrics::match_boxes(pair))
      of_image[static_cast<size_t>(match.prediction)].right = metrics::is_right(pair, match);
    judged.insert(judged.end(), of_image.begin(), of_image.end());
  }
  return judged;
}

judge::Acceptance acceptance_of(const Looker& looker, RunState& run) {
  const double wanted = run.recipe.pseudo.accept;
  if (wanted <= 0) return {};
  const std::vector<judge::JudgedBox> judged = judged_boxes(looker, run);
  const judge::Acceptance chosen = judge::choose_acceptance(judged, wanted);
  if (judged.empty())
    log::warn(
        "pseudo: pseudo.accept = {}, but no boxes of held-out images are known "
        "(data.calibrate): none is accepted unseen",
        wanted);
  else if (chosen.judged == 0)
    log::warn(
        "pseudo: {} boxes of known images are too few, or too often wrong, to promise that "
        "{:.0f} % are right: none is accepted unseen",
        judged.size(), 100 * wanted);
  else
    log::info(
        "pseudo: accepted unseen from evidence {:.2f} on: {} of {} such boxes of known images "
        "were right, so at least {:.0f} % are (95 % confidence)",
        chosen.evidence, chosen.right, chosen.judged, 100 * chosen.at_least);
  return chosen;
}

Json annotation_of(const judge::PseudoBox& pseudo, const judge::Acceptance& acceptance) {
  const auto& [found, evidence] = pseudo;
  const edge::Box& box = found.box;
  return {{"bbox", {box.x0, box.y0, box.width(), box.height()}},
          {"score", evidence.combined()},
          {"accepted", evidence.combined() >= acceptance.evidence},
          {"evidence",
           {{"score", evidence.score},
            {"mirrored", evidence.mirrored},
            {"scaled", evidence.scaled},
            {"layers", evidence.layers},
            {"deletion", evidence.deletion}}}};
}

}  // namespace

void execute_pseudo(RunState& run) {
  const Looker looker = looker_of(run);
  const judge::Acceptance acceptance = acceptance_of(looker, run);
  const auto records = run.dataset.indices(data::Split::kTrain);
  std::vector<Looked> looked;
  Progress progress("pseudo", static_cast<int64_t>(records.size()));
  for (const int index : records) {
    Looked& one = looked.emplace_back(Looked{index});
    if (!run.dataset.is_ok(run.dataset.at(index))) one.boxes = pseudo_boxes_of(looker, run, index);
    progress.advance();
  }
  std::ranges::stable_sort(looked, {}, [&](const Looked& one) {
    return one.sureness(run.dataset.is_ok(run.dataset.at(one.record)), acceptance);
  });

  Json images = Json::array(), annotations = Json::array(), categories = Json::array();
  for (size_t label = 0; label < looker.model.classes.size(); ++label)
    categories.push_back({{"id", label + 1}, {"name", looker.model.classes[label]}});
  for (const Looked& one : looked) {
    const data::Record& record = run.dataset.at(one.record);
    images.push_back({{"id", images.size() + 1},
                      {"file_name", record.path},
                      {"width", record.width},
                      {"height", record.height}});
    for (const judge::PseudoBox& box : one.boxes) {
      Json annotation = annotation_of(box, acceptance);
      annotation["id"] = annotations.size() + 1;
      annotation["image_id"] = images.size();
      annotation["category_id"] = record.label + 1;
      annotations.push_back(std::move(annotation));
    }
  }
  log::info("pseudo: {} boxes on {} training images", annotations.size(), images.size());
  write_json(run.folder / "pseudo_boxes.json", {{"acceptance", acceptance.to_json()},
                                                {"images", std::move(images)},
                                                {"annotations", std::move(annotations)},
                                                {"categories", std::move(categories)}});
}

}  // namespace paucal::pipeline
