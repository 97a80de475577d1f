#include "judge/galleries.h"

#include <algorithm>

#include "base/error.h"
#include "base/host/work.h"
#include "edge/pre/decode.h"
#include "judge/picture.h"
#include "judge/task.h"

namespace paucal::judge {

std::vector<Decided> decide_all(const edge::ModelCard& card, const data::Dataset& dataset,
                                const RawSource& raw) {
  std::vector<Decided> decided;
  for (int number = 0; number < std::ssize(dataset.records); ++number) {
    const Prediction p = interpret(card, raw(number));
    decided.push_back({number, p.probability, p.ng, p.label});
  }
  return decided;
}

std::vector<GalleryPick> pick_galleries(const edge::ModelCard& card, const data::Dataset& dataset,
                                        const std::vector<Decided>& decided, size_t limit) {
  auto picks = task_of(card).galleries(GalleryChoice(dataset, decided));
  for (GalleryPick& pick : picks) pick.records.resize(std::min(pick.records.size(), limit));
  std::erase_if(picks, [](const GalleryPick& pick) { return pick.records.empty(); });
  return picks;
}

report::GalleryRow gallery_row(const edge::ModelCard& card, const data::Dataset& dataset,
                               int record, const Prediction& prediction,
                               std::span<const edge::Box> truths, std::string detail) {
  const data::Record& r = dataset.at(record);
  const edge::Image image =
      value_or_throw(edge::read_image(dataset.file(r), card.decoding(3, r.page)));
  count_decoded_image();
  return {r.path, std::move(detail), page_pictures(card, image, prediction, truths)};
}

}  // namespace paucal::judge
