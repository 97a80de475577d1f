#pragma once
// Agreement of readers beyond chance.

#include <cstdint>
#include <span>

#include "quality/intervals.h"

namespace paucal::quality {

struct Kappa {
  double value = 0;  // 1: always agree, 0: as often as chance; NaN where chance alone explains all
  double standard_error = 0;
  Interval bounds{-1, 1};  // normal, cut to [-1, 1]
};

// Two readers, or a reader and the truth: `table` is row-major, table[i * classes + j] items that
// the first called i and the second j. Cohen (1960), standard error of Fleiss, Cohen and Everitt
// (Psychological Bulletin 1969), equation 13.
// Throws Error: a table of other size, counts below 0, fewer than 2 classes or items.
Kappa cohen_kappa(std::span<const int64_t> table, int classes, double level = 0.95);

// Any number of readers, at least 2 an item and not always the same: `votes` is row-major, one row
// of `classes` counts an item. Fleiss (1971); the standard error is that of items drawn at random
// (Gwet, British Journal of Mathematical and Statistical Psychology 2008), so it holds where kappa
// is not 0, too. With the same number of votes for each item it is Fleiss' kappa.
// Throws Error: as above, an item with fewer than 2 votes.
//
// Not promised, of both: that a high kappa means right; that a low one means bad readers where
// nearly all items are of one class (the paradox of kappa): look at the shares, too.
Kappa fleiss_kappa(std::span<const int64_t> votes, int classes, double level = 0.95);

}  // namespace paucal::quality
