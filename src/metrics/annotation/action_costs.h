#pragma once
// What a person does to the boxes of an image, and how long it takes.

#include <cstdint>
#include <filesystem>

#include "base/json.h"
#include "base/options.h"

namespace paucal::metrics {

// Seconds an action. Drawing: 7 s a box by four clicks on its extreme points (Papadopoulos et al.,
// "Extreme clicking for efficient object annotation", ICCV 2017; the usual way takes 25 to 35 s, Su
// et al., 2012), so that savings are not flattered. A side: one of those four clicks. Accepting and
// rejecting: a yes or no to one box (Papadopoulos et al., CVPR 2016, and Konyushkova et al., CVPR
// 2018, count a little less than 2 s). The others are guesses: `paucal review stats` measures one's
// own people.
struct ActionCosts {
  double open = 2;
  double accept = 1.8;
  double reject = 1.8;
  double move_side = 1.75;
  double draw = 7;
  double nothing = 1.8;

  template <class V>
  void visit(V& v) {
    const Range seconds{0.01, 3600};
    v(open, "open", "seconds to open an image and to look it over", seconds);
    v(accept, "accept", "seconds to see that a proposed box is right, or what is wrong with it",
      seconds);
    v(reject, "reject", "seconds to reject a proposed box", seconds);
    v(move_side, "move_side", "seconds to move one side of a box", seconds);
    v(draw, "draw", "seconds to draw a box", seconds);
    v(nothing, "nothing", "seconds to say that an image shows nothing", seconds);
  }
};

// From a YAML or JSON file; what it leaves out keeps its default. Throws Error: an unknown key, a
// value beyond its bounds.
ActionCosts load_action_costs(const std::filesystem::path& file);

// The costs of judging what is proposed (accept, reject, move_side) × `factor`; opening and drawing
// stay. If all costs grew alike, no share of seconds would change.
ActionCosts with_judging(ActionCosts costs, double factor);

// How often each was done.
struct Actions {
  int64_t open = 0, accept = 0, reject = 0, move_side = 0, draw = 0, nothing = 0;

  Actions& operator+=(const Actions& more);
  bool operator==(const Actions&) const = default;
  double seconds(const ActionCosts& costs) const;
};

Json to_json(const Actions& actions);
Actions actions_from_json(const Json& json);  // throws Json::exception

}  // namespace paucal::metrics
