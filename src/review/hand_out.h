#pragma once
// Queues of images, and who gets which.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "review/act.h"

namespace paucal::review {

constexpr int kMaxHandedOut = 8;
constexpr size_t kMaxHeld = 64;  // images that a page may say it has

struct Queue {
  int64_t id = 0;
  std::string name, purpose;
  int64_t total = 0, remaining = 0;
};
std::vector<Queue> queues(Database& database);

// Up to `n` (1 to kMaxHandedOut) open images of the queue, those of the lowest rank first, leased
// to the person. Left out: those of others, those in `have`, which the person has already (their
// leases are renewed), and second readings of what the person read first.
std::variant<std::vector<int64_t>, Refusal> hand_out(Database& database, const Moment& moment,
                                                     const Person& person, int64_t queue, int n,
                                                     const std::vector<int64_t>& have);

// The person gives images back.
void release(Database& database, const Person& person, const std::vector<int64_t>& images);

// All that a page shows of an image: image_state_json(), and of the image "path", "width",
// "height", "label" (the class that it came with), "split", "purpose" (review or blind),
// "proposals" (with score, evidence and whether they were accepted unseen) and "scores" (what
// models say). Of a blind reading, nothing that tells what others or models say: no proposals,
// scores, label, split and path.
Json image_json(Database& database, int64_t image);

}  // namespace paucal::review
