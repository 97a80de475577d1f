#pragma once
// The true share of NG parts where those who look at them err.

#include <cstdint>

#include "quality/intervals.h"

namespace paucal::quality {

// How a reader, human or model, did on parts whose truth is known (honeypots, double readings).
struct ReaderErrors {
  int64_t ng;        // NG parts shown
  int64_t ng_found;  // of them, called NG
  int64_t ok;        // OK parts shown
  int64_t ok_kept;   // of them, called OK
};

struct TrueShare {
  double estimate = 0;  // (p' + Sp - 1) / (Se + Sp - 1), cut to [0, 1]; NaN where that is 0/0
  Interval bounds{0, 1};
};

// From `called_ng` of `seen`: Rogan and Gladen (American Journal of Epidemiology 1978), with the
// interval of Lang and Reiczigel (Preventive Veterinary Medicine 2014), which adds z²/2 to both
// outcomes of the sample and 1 to those of the reader's trial. It covers the truth also where the
// naive one lies below 0. With Se = tpr and Sp = 1 - fpr of a model this is the two-class estimate
// of label shift (BBSE; Lipton et al., ICML 2018). A reader no better than chance, or without a
// trial, tells nothing: bounds [0, 1]. Throws Error: counts that cannot be, a level outside (0, 1).
//
// Not promised: coverage at every look (one look); parts that are harder than those of the trial.
// Used for label shift it holds only if defects look as before: a hint, never an escape rate.
TrueShare rogan_gladen(int64_t called_ng, int64_t seen, const ReaderErrors& reader,
                       double level = 0.95);

}  // namespace paucal::quality
