#pragma once
// What is said of parts, from what was said of their views.

#include <map>
#include <string>
#include <vector>

#include "base/json.h"

namespace paucal::command {

// Views are told by their file names (base/part_name.h). A part is what its worst view is, the one
// of the largest probability of NG.
class PartLines {
 public:
  // The line of an image: "path", and "verdict" and "probability_ng", or "error".
  void add(const Json& line);
  // "part", "verdict", "probability_ng", "worst" (the path of that view), "views"; in the order of
  // their first views. A part that cannot be called OK, since a view has an error, has "error" in
  // place of the verdict.
  std::vector<Json> lines() const;

 private:
  struct Part {
    std::string name, verdict, worst;
    double probability = -1;
    int views = 0, failed = 0;
  };
  std::vector<Part> parts_;
  std::map<std::string, size_t> places_;  // in parts_, by name
};

}  // namespace paucal::command
