#pragma once
// A challenger's share of the images: the same images once more, after their answers left and while
// no request waits; its verdicts are counted and never returned.

#include <atomic>
#include <deque>
#include <mutex>

#include "serve/run_image.h"

namespace paucal::serve {

class Beside {
 public:
  explicit Beside(double share) : share_(share) {}

  // Whether the next image is one of the share: evenly spread, not at random.
  bool takes_next();
  struct Work {
    Input input;
    std::shared_ptr<const Loaded> served, challenger;
    std::string verdict;  // of what serves
  };
  void add(Work work);  // dropped where many wait
  std::optional<Work> next();
  bool empty() const;

 private:
  static constexpr std::size_t kMostWaiting = 16;

  const double share_;
  std::atomic<std::uint64_t> seen_{0};
  mutable std::mutex mutex_;
  std::deque<Work> waiting_;
};

// Counts the two verdicts; "error" where the challenger has none. Never throws.
void run_beside(const Beside::Work& work, Predictors& predictors);

}  // namespace paucal::serve
