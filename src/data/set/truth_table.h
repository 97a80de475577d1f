#pragma once
// What people drew to measure by. It stands apart from the records, so that code which trains, and
// is handed a Dataset alone, cannot read it.

#include <string>
#include <unordered_map>
#include <vector>

#include "data/set/record.h"

namespace paucal::data {

struct ImageTruth {
  // Somebody drew the objects, or saw that there are none; without it, no objects means "unknown".
  bool known = false;
  std::vector<labels::Instance> objects;  // in pixels of the upright image
  std::string mask_path;  // relative to Dataset::root, see mask_file.h; may be empty
};

// By the paths of records: sorting records or leaving some out moves no truth to another image.
class Truth {
 public:
  // Of an image that the table does not hold, nothing is known.
  const ImageTruth& of(const Record& record) const;
  // The same, to be filled in.
  ImageTruth& edit(const Record& record) { return images_[record.path]; }

 private:
  std::unordered_map<std::string, ImageTruth> images_;
};

// A set as it was read: what may train, and what measures.
struct LabelledSet {
  Dataset dataset;
  Truth truth;
};

}  // namespace paucal::data
