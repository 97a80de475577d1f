#pragma once
// Pass or fail of a lot, item by item, with about half the looks of a single plan.

#include <cstdint>

#include "base/options.h"

namespace paucal::quality {

struct SprtOptions {
  double good = 0.01;
  double bad = 0.05;
  double producer = 0.05;
  double consumer = 0.10;

  template <class V>
  void visit(V& v) {
    v(good, "good", "share of bad items with which a lot is good", Range{0, 1});
    v(bad, "bad", "share with which it is bad", Range{0, 1});
    v(producer, "producer", "how often a good lot may be rejected", Range{0, 0.5});
    v(consumer, "consumer", "how often a bad lot may be accepted", Range{0, 0.5});
  }
};

enum class SprtVerdict { kGoOn, kAccept, kReject };

// Wald's sequential probability ratio test (Annals of Mathematical Statistics 1945; Sequential
// Analysis, 1947, chapter 5): the log-likelihood ratio of `bad` against `good` between
// log(consumer/(1 - producer)) and log((1 - consumer)/producer). It ends with probability 1, but
// any single run may be long; cut it with a single plan if it must not be. Not promised: a bound of
// the lot's share. It tells two points apart and states nothing between.
class Sprt {
 public:
  explicit Sprt(
      const SprtOptions& options = {});  // throws Error: good ≥ bad, risks outside (0, .5]
  SprtVerdict add(bool is_bad);          // once decided, it stays
  SprtVerdict verdict() const { return verdict_; }

  // After n items: accept at or below, reject at or above so many bad ones. For charts on paper;
  // acceptance below 0 means that n items do not suffice.
  double accept_line(int64_t n) const;
  double reject_line(int64_t n) const;

 private:
  double step_bad_, step_ok_;  // of the log-likelihood ratio
  double low_, high_;
  int64_t seen_ = 0, bad_ = 0;
  SprtVerdict verdict_ = SprtVerdict::kGoOn;
};

}  // namespace paucal::quality
