#pragma once
// Wrong labels from how training went: what is learnt late and against its neighbours.

#include <cstdint>
#include <span>
#include <vector>

namespace paucal::quality {

// The area under the margin (AUM): the mean over epochs of logit_label - largest other logit.
// Pleiss et al., Identifying Mislabeled Data using the Area Under the Margin Ranking (NeurIPS
// 2020), equation 1. One float and one count an item; one pass needs no folds. Not thread-safe. Not
// promised: hard and rare items have low margins, too; figures of the last epochs alone, when the
// network has learnt the wrong labels by heart. Stop where the learning rate first falls.
class Margins {
 public:
  explicit Margins(int64_t items);  // throws Error: below 0
  // Logits of one item in one epoch. Throws Error: item or label out of range, fewer than 2 logits.
  // Margins that are not finite are left out.
  void add(int64_t item, std::span<const float> logits, int label);

  // By item; NaN where nothing was added.
  std::vector<double> means() const;

 private:
  std::vector<double> sums_;
  std::vector<int32_t> epochs_;
};

// The margin that `share` of items with certainly wrong labels stay below: those that were given a
// class of their own which nothing belongs to (section 3.2; about N/(K+1) items, in a second run
// the others). Items below it are suspects. Throws Error: no margins, a share outside (0, 1).
double margin_limit(std::span<const double> margins_of_fake_class, double share = 0.99);

}  // namespace paucal::quality
