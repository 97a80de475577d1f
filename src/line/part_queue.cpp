#include "line/part_queue.h"

namespace paucal::line {

void PartQueue::push(Arrival arrival) {
  stations_[station_of(arrival.path)].push_back(std::move(arrival));
  ++size_;
}

std::optional<Arrival> PartQueue::pop() {
  if (stations_.empty()) return std::nullopt;
  auto next = stations_.upper_bound(last_);
  if (next == stations_.end()) next = stations_.begin();
  last_ = next->first;
  Arrival arrival = std::move(next->second.front());
  next->second.pop_front();
  if (next->second.empty()) stations_.erase(next);
  --size_;
  return arrival;
}

}  // namespace paucal::line
