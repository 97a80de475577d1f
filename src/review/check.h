#pragma once
// Whether a store is as its events say.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "review/store.h"

namespace paucal::review {

struct CheckReport {
  int64_t events = 0, images = 0;
  std::string head;                   // hash of the last event: whoever wrote it down can compare
  std::vector<std::string> problems;  // "event 7: …", each with its place

  bool ok() const { return problems.empty(); }
  Json to_json() const;
};

// The file (SQLite's integrity), the chain of hashes, and the digests of imports. `rebuild`: also
// makes all that follows from the events anew, in a copy, and compares.
CheckReport check(Store& store, bool rebuild);

// Digest of the images and proposals that a run brought, as its event `import` holds it.
std::string import_digest(Database& database, int64_t run);

}  // namespace paucal::review
