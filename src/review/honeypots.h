#pragma once
// Honeypots: images whose answer is known, mixed into the queues, to see how a reader does. One
// shows a proposal that is known to be wrong (a right box moved by its own size, a wrong class, on
// an OK image a box where nothing is), or the image alone.
//
// No answer of the API tells that an image is one. Its id and that of its proposal lie among those
// of an import, which leaves some free; its score, evidence and scores are those of real ones; its
// path is that of no other image. Not hidden: that its pixels are those of another image, for
// whoever compares all of them; anything from arbiters and admins, who see the list of all images,
// and so are given none. What a reader is told of the own figures ends the day before.

#include <optional>
#include <string_view>

#include "quality/audit/rogan_gladen.h"
#include "review/shadows.h"

namespace paucal::review {

// Ids that an import leaves free: one of 16, and none below 64. `seed`: the store's.
bool is_kept_free(std::string_view seed, int64_t id);

// A honeypot made of the image that was just closed, where it is drawn for one (a keyed hash of its
// id), its answer is known, a reviewer could still read it, and an id is free. Known: what it came
// labelled as, a second reading or an arbiter says the same as its verdict.
void plant_honeypot_by_chance(Database& database, const Moment& moment, int64_t image);

// The same without the draw, at `rank` of the queue, from any done image. Its id; nothing where
// none can be made.
std::optional<int64_t> plant_honeypot(Database& database, const Moment& moment, int64_t image,
                                      int64_t queue, int64_t rank);

// How a user did. Agreed: said the verdict that is known, and the wrong proposal does not stand as
// it was (rejected, moved, or given another class). Where they were unsure is not counted.
struct HoneypotFigures {
  int64_t seen = 0, agreed = 0;
  quality::ReaderErrors verdicts{0, 0, 0, 0};  // of them: NG, found; OK, kept

  quality::Interval interval() const;  // of the share agreed: Clopper and Pearson, 95 %
  Json to_json() const;                // {"seen", "agreed", "low", "high", "ng", "ng_found", …}
};
// Of those decided before `until` (µs); `user` 0: of all users.
HoneypotFigures honeypot_figures(Database& database, int64_t user, int64_t until);

// The end of the day before: what readers may know of their own.
int64_t honeypots_told_until(const Moment& moment);

// The path to show instead of that of the image it was made of.
std::string alias_path(Database& database, int64_t image);

}  // namespace paucal::review
