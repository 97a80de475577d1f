#pragma once
// Second readings. A done image that is drawn for one gets a shadow: an image of the same file
// without proposals, score or verdict, which somebody else reads. Where the two differ, the image
// is disputed, and an arbiter decides. The readings of an audit (audit.h) do the same.

#include <optional>
#include <string>

#include "review/shadows.h"

namespace paucal::review {

// Adds to `changes` that an image becomes disputed, where a closed image and its blind reading
// differ. `image`: the one that the changes are about.
void compare_readings(Database& database, int64_t image, Changes& changes);

// A blind reading of a done image, where it is drawn for one, has none yet, and somebody could do
// it. The draw is a keyed hash of the image's id: whoever does not know the key cannot tell.
void plant_blind(Database& database, const Moment& moment, int64_t image);

// The readings of a disputed image as A and B, in an order that does not tell which was first.
struct Readings {
  int64_t a = 0, b = 0;  // images
};
std::optional<Readings> readings_of(Database& database, int64_t image);

// What an arbiter says of a disputed or unsure image: {"take": "A" | "B"}, or an action's own
// words.
std::variant<Decision, Refusal> arbitrate(Database& database, const Decision& before,
                                          const Ask& ask, const Scene& scene);

}  // namespace paucal::review
