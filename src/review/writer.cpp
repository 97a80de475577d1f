#include "review/writer.h"

#include "base/error.h"
#include "base/host/log.h"

namespace paucal::review {
namespace {

constexpr size_t kTogether = 64;
constexpr int kCheckpointBatches = 100;  // some 1,000 pages of 4 KiB
constexpr std::chrono::seconds kIdle(2);

}  // namespace

Writer::Writer(const std::filesystem::path& file)
    : database_(file, Database::Mode::kWrite), thread_([this] { run(); }) {}

Writer::~Writer() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_all();
  thread_.join();
}

void Writer::write(std::function<void(Database&)> change) {
  std::future<void> done;
  {
    const std::lock_guard lock(mutex_);
    waiting_.push_back({std::move(change), {}, nullptr});
    done = waiting_.back().done.get_future();
  }
  wake_.notify_one();
  done.get();
}

void Writer::run() {
  std::unique_lock lock(mutex_);
  for (bool tidied = false;;) {
    const bool idle = !wake_.wait_for(lock, kIdle, [&] { return stop_ || !waiting_.empty(); });
    if (stop_ && waiting_.empty()) return;
    std::deque<Job> jobs;
    while (!waiting_.empty() && jobs.size() < kTogether) {
      jobs.push_back(std::move(waiting_.front()));
      waiting_.pop_front();
    }
    lock.unlock();
    if (!jobs.empty()) write_together(jobs);
    if (!idle || !tidied) tidy(idle);
    tidied = idle;
    lock.lock();
  }
}

void Writer::write_together(std::deque<Job>& jobs) {
  std::exception_ptr all_failed;
  try {
    database_.run("BEGIN IMMEDIATE");
    for (Job& job : jobs) {
      database_.run("SAVEPOINT job");
      try {
        job.change(database_);
      } catch (...) {
        job.failed = std::current_exception();
        // A full disk may have ended the whole transaction.
        if (!database_.in_transaction()) throw;
        database_.run("ROLLBACK TO job");
      }
      database_.run("RELEASE job");
    }
    database_.run("COMMIT");
  } catch (...) {
    all_failed = std::current_exception();
    try {
      if (database_.in_transaction()) database_.run("ROLLBACK");
    } catch (const Error& error) {
      log::error("{}", error.what());
    }
  }
  for (Job& job : jobs) {
    if (!job.failed) job.failed = all_failed;
    if (job.failed)
      job.done.set_exception(job.failed);
    else
      job.done.set_value();
  }
}

// Copies the log into the file where it is long, and empties it when nobody writes.
void Writer::tidy(bool idle) {
  try {
    if (idle || ++batches_ >= kCheckpointBatches) {
      database_.checkpoint(/*truncate=*/idle);
      batches_ = 0;
    }
  } catch (const Error& error) {
    log::warn("review: the log stays as it is: {}", error.what());
  }
}

}  // namespace paucal::review
