#pragma once
// A challenger against the champion, on images that a random sample drew and people judged.

#include <span>
#include <string>
#include <vector>

#include "base/json.h"
#include "base/options.h"
#include "quality/agreement/mcnemar.h"

namespace paucal::loop {

// What one model says of an image, or of a part.
struct Said {
  double probability = 0;  // of NG
  bool ng = false;
};

struct JudgedItem {
  std::string part = {};  // images of one part are one item; empty: an item of its own
  bool ng = false;        // what people say
  double pi = 1;          // probability with which it was drawn
  Said champion = {}, challenger = {};
};

struct ChallengeOptions {
  double margin = .01;
  double alpha = .05;

  template <class V>
  void visit(V& v) {
    v(margin, "margin",
      "share of items on which the challenger may be wrong more often than the champion, at most, "
      "by its bound",
      Range{0, 1});
    v(alpha, "alpha",
      "how often a challenger that is worse than that may be promoted, at most, "
      "over all challenges of one champion",
      Range{1e-6, 0.5});
  }
};

struct ModelFigures {
  int64_t wrong = 0, escapes = 0, overkills = 0;  // escapes: NG said OK; overkills: OK said NG
  double weighted_wrong = 0;                      // of all parts of the line, by 1/π
  double auroc = 0, ap = 0;                       // NaN where one kind is missing
};

struct Comparison {
  int64_t items = 0, ng = 0;
  ModelFigures champion, challenger;
  quality::McNemar mcnemar;  // challenger minus champion
  int attempt = 1;
  double alpha = 0;  // of this attempt
  bool promote = false;
  std::string why;
};
Json to_json(const Comparison& comparison);

// Images of one part become one item: NG where one of them is, the largest probability, said NG
// where one of them was.
std::vector<JudgedItem> by_part(std::span<const JudgedItem> images);

// The challenger is promoted if it is wrong no more often than the champion, lets no more NG items
// pass, and the upper bound of the difference (quality/agreement/mcnemar.h, one-sided) is at most
// `margin`. The k-th challenge of one champion has α/(k(k+1)) of the error, so that trying again
// and again does not help. Throws Error: no items, attempt < 1.
// Not promised: figures of the whole line (rates.h): the sample holds more NG and doubtful ones.
Comparison compare(std::span<const JudgedItem> items, int attempt,
                   const ChallengeOptions& options = {});

}  // namespace paucal::loop
