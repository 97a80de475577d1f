#pragma once
// A request on its way through queue and workers. Several workers may work on its images.

#include <atomic>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "serve/loaded.h"
#include "serve/queue.h"

namespace paucal::serve {

struct Flight {
  Job job;
  std::function<void(Answer<Done>)> done;
  std::shared_ptr<const Loaded> loaded;  // what served when it came
  Clock::time_point submitted;

  // One a image; each written by the worker that has it.
  std::vector<Predicted> images;
  std::vector<std::optional<Refused>> wrong;
  std::vector<edge::Image> pixels;  // decoded from files; kept where a spool wants to see them
  bool keeps_pixels = false;

  std::atomic<int> left{0};       // images not done; who takes the last one answers
  std::atomic<bool> over{false};  // an image failed, or nobody waits: the rest is left out
  std::atomic<bool> gone{false};  // the client left
  std::atomic<bool> late{false};  // it waited longer than it may
  std::atomic<std::uint64_t> queue_ns{0}, decode_ns{0}, infer_ns{0}, post_ns{0};
};

inline std::uint64_t ns_since(Clock::time_point begin) {
  return static_cast<std::uint64_t>(
      std::chrono::duration_cast<std::chrono::nanoseconds>(Clock::now() - begin).count());
}

}  // namespace paucal::serve
