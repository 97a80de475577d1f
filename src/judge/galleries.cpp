#include "judge/galleries.h"

#include <algorithm>
#include <functional>

#include "base/error.h"
#include "base/host/work.h"
#include "edge/pre/decode.h"
#include "judge/picture.h"

namespace paucal::judge {
namespace {

// The decided images that a gallery chooses from.
class Choice {
 public:
  Choice(const data::Dataset& dataset, const std::vector<Decided>& decided)
      : dataset_(dataset), decided_(decided) {}

  using Wanted = std::function<bool(const Decided&)>;
  using Rank = std::function<double(const Decided&)>;

  const data::Record& record(const Decided& d) const { return dataset_.at(d.record); }
  bool is_ok(const Decided& d) const { return dataset_.is_ok(record(d)); }
  bool tested(const Decided& d) const { return record(d).split == data::Split::kTest; }

  // By falling `rank`.
  std::vector<int> ranked(const Wanted& wanted, const Rank& rank) const {
    std::vector<const Decided*> kept;
    for (const Decided& one : decided_)
      if (wanted(one)) kept.push_back(&one);
    std::ranges::stable_sort(kept, std::greater{}, [&](const Decided* d) { return rank(*d); });
    std::vector<int> records;
    for (const Decided* one : kept) records.push_back(one->record);
    return records;
  }

  // The surest of each class first.
  std::vector<int> one_of_each(const Wanted& wanted) const {
    std::vector<int> first, rest, seen;
    for (const int number : ranked(wanted, [](const Decided& d) { return d.probability; })) {
      const int label = dataset_.at(number).label;
      const bool is_new = std::ranges::find(seen, label) == seen.end();
      (is_new ? first : rest).push_back(number);
      if (is_new) seen.push_back(label);
    }
    first.insert(first.end(), rest.begin(), rest.end());
    return first;
  }

 private:
  const data::Dataset& dataset_;
  const std::vector<Decided>& decided_;
};

std::vector<GalleryPick> picks_of_classes(const Choice& choice) {
  const auto right = [&](const Decided& d) { return d.label == choice.record(d).label; };
  return {{"Most certain mistakes", "Test images of the wrong class, the most certain first.",
           choice.ranked([&](const Decided& d) { return choice.tested(d) && !right(d); },
                         [](const Decided& d) { return d.probability; })},
          {"Typical hits", "Test images of the right class, the most certain of each class first.",
           choice.one_of_each([&](const Decided& d) { return choice.tested(d) && right(d); })}};
}

std::vector<GalleryPick> picks_of_inspection(const Choice& choice) {
  const auto p = [](const Decided& d) { return d.probability; };
  const auto called = [&](bool ok, bool ng) {
    return [&choice, ok, ng](const Decided& d) {
      return choice.tested(d) && choice.is_ok(d) == ok && d.ng == ng;
    };
  };
  return {
      {"Worst escapes", "NG test images that are called OK, the lowest score first.",
       choice.ranked(called(false, false), [&](const Decided& d) { return -p(d); })},
      {"Worst overkills", "OK test images that are called NG, the highest score first.",
       choice.ranked(called(true, true), p)},
      {"Typical hits", "NG test images that are called NG: the surest of each class.",
       choice.one_of_each(called(false, true))},
      {"Suspected labels",
       "Images of any split whose label the model most strongly contradicts. Look at them: a wrong "
       "label costs more than a hard image.",
       choice.ranked([&](const Decided& d) { return choice.is_ok(d) ? p(d) > .5 : p(d) < .5; },
                     [&](const Decided& d) { return choice.is_ok(d) ? p(d) : 1 - p(d); })}};
}

}  // namespace

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
  const Choice choice(dataset, decided);
  auto picks =
      card.task == edge::Task::kInspection ? picks_of_inspection(choice) : picks_of_classes(choice);
  for (GalleryPick& pick : picks) pick.records.resize(std::min(pick.records.size(), limit));
  std::erase_if(picks, [](const GalleryPick& pick) { return pick.records.empty(); });
  return picks;
}

report::GalleryRow gallery_row(const edge::ModelCard& card, const data::Dataset& dataset,
                               int record, const Prediction& prediction,
                               std::span<const edge::Box> truths, std::string detail) {
  const data::Record& r = dataset.at(record);
  const edge::Image image = value_or_throw(edge::read_image(dataset.file(r), card.decoding(3)));
  count_decoded_image();
  return {r.path, std::move(detail), page_pictures(card, image, prediction, truths)};
}

}  // namespace paucal::judge
