#include "line/inspector.h"

#include <utility>

namespace paucal::line {

Inspector::~Inspector() {
  stop_ = true;
  own_wake_.notify();
  thread_.join();
}

bool Inspector::submit(uint32_t part, Job job) {
  {
    const std::lock_guard lock(mutex_);
    if (busy_) return false;
    busy_ = true;
    part_ = part;
    job_ = std::move(job);
  }
  own_wake_.notify();
  return true;
}

std::optional<Inspected> Inspector::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(done_, std::nullopt);
}

void Inspector::run() {
  while (!stop_) {
    Job job;
    {
      const std::lock_guard lock(mutex_);
      job = std::exchange(job_, {});
    }
    if (!job) {
      own_wake_.wait(-1);
      continue;
    }
    Judgement judgement = job();
    {
      const std::lock_guard lock(mutex_);
      done_ = Inspected{part_, std::move(judgement)};
      busy_ = false;
    }
    wake_.notify();
  }
}

}  // namespace paucal::line
