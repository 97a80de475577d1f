#pragma once
// OK images that were taken beside NG ones: what differs between the two is the defect, and not the
// sitting.

#include <map>
#include <string>
#include <vector>

#include "base/random.h"
#include "data/set/record.h"

namespace paucal::data {

class Partners {
 public:
  // Of the OK records `ok`, not empty, in their order. `dataset` must outlive this.
  Partners(const Dataset& dataset, const std::vector<int>& ok);

  // One of the same group (data.group); where that has no OK image, or none is known, one of the
  // kNear nearest in the order of file names, folders left out.
  int draw(int record, Random& random) const;
  static constexpr int kNear = 4;

 private:
  const Dataset& dataset_;
  std::map<std::string, std::vector<int>> by_group_;
  std::vector<std::pair<std::string, int>> by_name_;  // sorted
};

}  // namespace paucal::data
