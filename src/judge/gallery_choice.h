#pragma once
// What the galleries of a task choose from, and what they choose.

#include <algorithm>
#include <functional>
#include <string>
#include <vector>

#include "data/set/record.h"

namespace paucal::judge {

// What is called of one record.
struct Decided {
  int record = -1;
  double probability = 0;  // of NG, or of the called class
  bool ng = false;         // inspection: called NG
  int label = -1;          // classification: the called class
};

struct GalleryPick {
  std::string title, explanation;
  std::vector<int> records;  // the most telling first, not empty
};

// The decided images that a gallery chooses from.
class GalleryChoice {
 public:
  GalleryChoice(const data::Dataset& dataset, const std::vector<Decided>& decided)
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

}  // namespace paucal::judge
