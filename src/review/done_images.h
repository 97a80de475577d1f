#pragma once
// The images that are done, one after another, for what leaves the store.

#include <functional>
#include <optional>
#include <string>

#include "review/record.h"

namespace paucal::review {

struct DoneImage {
  int64_t id = 0;
  std::string path, split;
  std::optional<int64_t> width, height, label;
  Json extra;  // of the file that brought it
  int64_t at = 0;
  std::string reviewer;
  Decision decision;
};

// Every done image that is no shadow, in the order in which they came. `root`: those of that folder
// alone; 0: all.
void each_done(Database& database, int64_t root, const std::function<void(DoneImage&)>& use);

// A stored text that holds a JSON object; an empty one where it holds none.
Json object_of_text(const std::string& text);

}  // namespace paucal::review
