#pragma once
// `paucal data check`: what is there, and every file that is broken, doubled or mislabelled.

#include <string>
#include <vector>

#include "base/json.h"
#include "data/files/problem.h"
#include "data/set/options.h"
#include "data/set/truth_table.h"

namespace paucal::data {

// What decoding told about one usable image.
struct ImageFacts {
  int record = 0;  // index into Dataset::records
  int width = 0, height = 0;
  int channels = 0;  // as stored, without alpha
};

struct CheckReport {
  Dataset dataset;  // usable images and all problems, those of a kind together
  Truth truth;
  std::vector<ImageFacts> facts;
  double seconds = 0;

  int64_t count(Severity severity) const;                   // of problems
  bool ok() const { return count(Severity::kError) == 0; }  // the exit code
  Json to_json() const;
  // A table per class and split, then the problems by kind, the first `shown` of each kind.
  std::string to_text(size_t shown = 10) const;
};

// Decodes every image in full, one a thread at a time, with a progress bar, and some of those of
// data.unlabelled; read_dataset() has looked at the masks. Throws Error only where read_dataset()
// and attach_unlabelled() do.
CheckReport check_dataset(const DataOptions& options);

}  // namespace paucal::data
