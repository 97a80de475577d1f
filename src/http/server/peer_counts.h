#pragma once
// How many connections each peer has.

#include <map>
#include <mutex>
#include <string>

namespace paucal::http {

class PeerCounts {
 public:
  int add(const std::string& peer) {
    const std::lock_guard lock(mutex_);
    return ++counts_[peer];
  }
  void remove(const std::string& peer) {
    const std::lock_guard lock(mutex_);
    const auto found = counts_.find(peer);
    if (found != counts_.end() && --found->second == 0) counts_.erase(found);
  }

 private:
  std::mutex mutex_;
  std::map<std::string, int> counts_;
};

}  // namespace paucal::http
