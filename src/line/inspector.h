#pragma once
// Judges one file after the other on a thread of its own, so that whoever waits can stop waiting.

#include <atomic>
#include <filesystem>
#include <functional>
#include <mutex>
#include <optional>
#include <thread>

#include "line/judge.h"
#include "line/wake.h"

namespace paucal::line {

struct Inspected {
  uint32_t part = 0;
  Judgement judgement;
};

class Inspector {
 public:
  // `wake` is notified when a file was judged; it must outlive this.
  explicit Inspector(const Wake& wake) : wake_(wake), thread_([this] { run(); }) {}
  ~Inspector();  // waits for the file in work
  Inspector(const Inspector&) = delete;
  Inspector& operator=(const Inspector&) = delete;

  using Job = std::function<Judgement()>;
  // False while a file is in work, maybe one that nobody waits for any more. Must not throw.
  bool submit(uint32_t part, Job job);
  // What was judged since; none: nothing, or not yet.
  std::optional<Inspected> take();

 private:
  void run();

  const Wake& wake_;
  Wake own_wake_;
  std::atomic<bool> stop_ = false;
  std::mutex mutex_;
  bool busy_ = false;
  uint32_t part_ = 0;
  Job job_;
  std::optional<Inspected> done_;
  std::thread thread_;  // last: it uses the others
};

}  // namespace paucal::line
