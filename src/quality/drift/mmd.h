#pragma once
// Do two samples of vectors (several figures of an image at once, or embeddings) come from one
// distribution? The maximum mean discrepancy with a Gaussian kernel.

#include <cstdint>
#include <span>

#include "base/options.h"

namespace paucal::quality {

// Rows in order of time, `width` numbers each. Borrowed.
struct Rows {
  std::span<const float> values;
  size_t width;

  size_t count() const { return width ? values.size() / width : 0; }
};

struct MmdOptions {
  int block = 20;
  int permutations = 199;
  uint64_t seed = 0;

  template <class V>
  void visit(V& v) {
    v(block, "block", "images in a row that are kept together, since neighbours are alike",
      Range{1, 1e6});
    v(permutations, "permutations", "shuffles to compare with; the least p is 1/(1 + these)",
      Range{19, 1e5});
    v(seed, "seed", "of the shuffles");
  }
};

struct MmdTest {
  double mmd2 = 0;  // unbiased estimate; below 0 by chance where nothing differs
  double p_value = 1;
  double bandwidth = 0;  // σ of exp(-d²/2σ²): the median distance
};

// MMD²_u of Gretton et al. (JMLR 2012), equation 3, with p from shuffles of whole blocks of time:
// images that follow each other are alike, and shuffling them one by one would call that drift.
// Numbers of different scale must be scaled before. Memory and time grow with the square of the
// rows: at most 4,000 in all. Throws Error: widths that differ, more rows, fewer than 3 blocks in a
// sample, values that are not finite.
// Not promised: which number drifted (ks.h), or that it harms.
MmdTest mmd_test(const Rows& baseline, const Rows& now, const MmdOptions& options = {});

// The linear-time statistic (section 6, lemma 14) over pairs of rows, p from its normal limit: for
// independent rows of any number, and with less power. `bandwidth` 0: the median of 1,000
// distances. Throws Error as above, but for fewer than 4 rows in a sample.
MmdTest mmd_linear_test(const Rows& baseline, const Rows& now, double bandwidth = 0);

}  // namespace paucal::quality
