#pragma once
// One action on many: shown before, counted, one event, one undo.

#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "review/act.h"

namespace paucal::review {

constexpr size_t kMaxBulkReviewer = 200, kMaxBulkArbiter = 5000;

struct BulkAsk {
  std::string action;                    // accept, reject: proposals; verdict: whole images
  std::string verdict = {};              // of verdict: OK or NG
  std::optional<int64_t> class_id = {};  // of the proposals
  double min_evidence = 0;               // of the proposals
  std::vector<int64_t> images = {};      // these alone; empty: all that are open
};

struct BulkItem {
  int64_t image = 0, version = 0;
  std::string item = {};  // empty: all of the image
  bool operator==(const BulkItem&) const = default;
};

struct BulkSet {
  std::vector<BulkItem> items;  // by image
  std::string digest;           // another one where anything in it has changed
};

// What the action would change now: undecided proposals, or images, that are open, and that nobody
// else holds. No blind readings.
std::variant<BulkSet, Refusal> bulk_set(Database& database, const Moment& moment,
                                        const Person& person, const BulkAsk& ask);

// Conflict where the set is no more the one of `digest`, or not of `count` items.
ActResult bulk_apply(Database& database, const Moment& moment, const Person& person,
                     int64_t client_seq, const BulkAsk& ask, const std::string& digest,
                     size_t count);

}  // namespace paucal::review
