#pragma once
// Second readings. A done image that is drawn for one gets a shadow: an image of the same file
// without proposals, score or verdict, which somebody else reads. Where the two differ, the image
// is disputed, and an arbiter decides.
//
// A honeypot is a shadow with a proposal that is known to be wrong, handed out like any image. What
// is decided of shadows is never exported.

#include <optional>
#include <string>

#include "review/act.h"

namespace paucal::review {

struct Shadow {
  int64_t of = 0;
  std::string kind;  // blind, honeypot
};
std::optional<Shadow> shadow_of(Database& database, int64_t image);

// Adds to `changes` that an image becomes disputed, where a closed image and its blind reading
// differ. `image`: the one that the changes are about.
void compare_readings(Database& database, int64_t image, Changes& changes);

// A blind reading of a done image, where it is drawn for one, has none yet, and somebody could do
// it. The draw is a keyed hash of the image's id: whoever does not know the key cannot tell.
void plant_blind(Database& database, const Moment& moment, int64_t image);

// A honeypot made of a done image, at `rank` of the queue: a right box moved by its own size, a
// wrong class, or, on an OK image, a box where nothing is. Its id; nothing where none can be made.
std::optional<int64_t> plant_honeypot(Database& database, const Moment& moment, int64_t image,
                                      int64_t queue, int64_t rank);

// The readings of a disputed image as A and B, in an order that does not tell which was first.
struct Readings {
  int64_t a = 0, b = 0;  // images
};
std::optional<Readings> readings_of(Database& database, int64_t image);

// How a user did on honeypots.
struct HoneypotFigures {
  int64_t seen = 0, caught = 0;
};
HoneypotFigures honeypot_figures(Database& database, int64_t user);

// What an arbiter says of a disputed or unsure image: {"take": "A" | "B"}, or an action's own
// words.
std::variant<Decision, Refusal> arbitrate(Database& database, const Decision& before,
                                          const Ask& ask, const Scene& scene);

}  // namespace paucal::review
