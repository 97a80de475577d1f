#pragma once
// The queue and the threads that empty it. An image at a time each: on a processor batches bring
// nothing over as many workers as cores, and so no bit of an answer depends on its neighbours.

#include <condition_variable>
#include <mutex>
#include <thread>
#include <vector>

#include "serve/beside.h"
#include "serve/models.h"
#include "spool/spool.h"

namespace paucal::serve {

class Workers {
 public:
  // `keep` may be null. Throws std::system_error where no thread can be had.
  Workers(const EngineOptions& options, const Models& models, std::shared_ptr<spool::Spool> keep);
  // What waits is refused, what runs is answered.
  ~Workers();
  Workers(const Workers&) = delete;
  Workers& operator=(const Workers&) = delete;

  // flight->done is called once, from here or from a worker.
  void submit(std::shared_ptr<Flight> flight);
  void let_go();  // of models that were dropped; now, also where nothing waits

 private:
  using Work = std::shared_ptr<Flight>;

  void work();
  void watch_the_clock();
  void run(Flight& flight, std::size_t image, Predictors& predictors);
  void finish(Flight& flight);
  static void refuse(const std::vector<Work>& works, Refusal why, const std::string& message);

  const Models& models_;
  const std::shared_ptr<spool::Spool> keep_;
  const int threads_;
  Beside beside_;
  std::mutex mutex_;
  std::condition_variable wake_, wake_clock_;
  FairQueue<Work> queue_;
  std::uint64_t drops_ = 0;
  bool stop_ = false;
  std::vector<std::thread> workers_;
};

}  // namespace paucal::serve
