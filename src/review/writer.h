#pragma once
// The one thread that writes. Changes that wait are made in one transaction, each in a savepoint of
// its own, and all are on the disk before anybody is answered (group commit).

#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <mutex>
#include <thread>

#include "review/database.h"

namespace paucal::review {

class Writer {
 public:
  explicit Writer(const std::filesystem::path& file);
  ~Writer();  // what waits is written

  // Waits until the change is durable. Throws what the change threw, or why it could not be
  // written; then nothing of it is there. Any thread.
  void write(std::function<void(Database&)> change);

 private:
  struct Job {
    std::function<void(Database&)> change;
    std::promise<void> done;
    std::exception_ptr failed = nullptr;
  };

  void run();
  void write_together(std::deque<Job>& jobs);
  void tidy(bool idle);

  Database database_;
  std::mutex mutex_;
  std::condition_variable wake_;
  std::deque<Job> waiting_;
  bool stop_ = false;
  int batches_ = 0;     // since the log was copied
  std::thread thread_;  // last: it uses the others
};

}  // namespace paucal::review
