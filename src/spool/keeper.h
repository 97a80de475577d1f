#pragma once
// The thread that writes kept images, so that no verdict waits for the disk.

#include <chrono>
#include <condition_variable>
#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "spool/hour_log.h"
#include "spool/image_store.h"
#include "spool/stratum.h"

namespace paucal::spool {

// What becomes of each image is said in FOLDER/fate: stored, dropped or removed.
class Keeper {
 public:
  // Bytes that may wait for the thread; given back where no image follows.
  class Place {
   public:
    Place(Keeper& keeper, std::uint64_t bytes) : keeper_(&keeper), bytes_(bytes) {}
    Place(Place&& other) noexcept : keeper_(other.keeper_), bytes_(other.bytes_) {
      other.keeper_ = nullptr;
    }
    Place(const Place&) = delete;
    Place& operator=(const Place&) = delete;
    ~Place();

   private:
    friend class Keeper;
    Keeper* keeper_;
    std::uint64_t bytes_;
  };

  static Result<std::unique_ptr<Keeper>> make(const SpoolOptions& options);
  ~Keeper();  // writes out what waits

  // From any thread, and at once. A Failure: the image will not be kept; its message is the reason
  // as lines have it: waiting_bytes, keep_bytes or disk. It counts as dropped.
  Result<Place> reserve(std::uint64_t bytes);
  void take(Place place, Stratum stratum, KeptImage image);

  SpoolCounts counts() const;  // those of images
  std::string problem() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Waiting {
    Stratum stratum;
    KeptImage image;
    Place place;
  };
  // Images are refused at once until then; one that comes later is tried.
  struct Trouble {
    std::string reason, text;
    Clock::time_point until;
  };

  explicit Keeper(const SpoolOptions& options);
  void run();
  void store(const Waiting& waiting);
  void say_fate(const std::string& file, const char* fate, const std::string& reason = {});
  void drop(const Waiting& waiting, std::string reason, std::string text, Clock::duration pause);
  void remove_old_lines();

  const SpoolOptions options_;
  ImageStore images_;  // of the thread
  HourLog fates_;      // of the thread
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<Waiting> queue_;
  std::uint64_t waiting_bytes_ = 0;
  Trouble trouble_;
  SpoolCounts counts_;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace paucal::spool
