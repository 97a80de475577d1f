#pragma once
// For tests: a simulated line.

#include "base/random.h"
#include "loop/watch.h"

namespace paucal::loop::test {

struct LineChange {
  double brightness = 0;  // grey levels
  double ng = .01;        // share of NG parts
  double blur = 1;        // factor of the sharpness
};

// Parts one after the other; brightness wanders a little, so that neighbours are alike.
class SimulatedLine {
 public:
  explicit SimulatedLine(uint64_t seed) : random_(80, 0, seed) {}

  Observation next(const LineChange& change = {}) {
    wander_ = .5 * wander_ + random_.normal();
    const bool ng = random_.chance(change.ng);
    // Heat is exactly 0 on most OK parts.
    const double heat = ng ? 1 + random_.uniform() : random_.chance(.8) ? 0 : random_.uniform();
    ++id_;
    return {.id = id_,
            .number = id_,
            .features = {(ng ? 3 : -3) + random_.normal(), heat,
                         120 + change.brightness + wander_ + 4 * random_.normal(),
                         40 + 2 * random_.normal(), (200 + 20 * random_.normal()) * change.blur},
            .ng = ng,
            .hash = std::to_string(id_)};
  }

  Baseline baseline(int parts, const WatchOptions& options = {}) {
    std::vector<Observation> good;
    for (int i = 0; i < parts; ++i) good.push_back(next());
    return make_baseline(good, options);
  }

 private:
  Random random_;
  int64_t id_ = 0;
  double wander_ = 0;
};

}  // namespace paucal::loop::test
