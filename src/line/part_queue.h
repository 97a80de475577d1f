#pragma once
// Files that wait to be judged: one queue a station, first come first served, the stations in turn,
// so that a station with many does not hold up the others. One thread.

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "line/arrivals.h"

namespace paucal::line {

class PartQueue {
 public:
  void push(Arrival arrival);
  std::optional<Arrival> pop();
  size_t size() const { return size_; }

 private:
  std::map<std::string, std::deque<Arrival>> stations_;  // none is empty
  std::string last_;                                     // the station whose turn it was
  size_t size_ = 0;
};

}  // namespace paucal::line
