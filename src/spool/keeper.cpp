#include "spool/keeper.h"

#include <exception>
#include <system_error>

#include "base/error.h"
#include "base/json_text.h"
#include "spool/times.h"

namespace paucal::spool {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

// Whether a disk works again is asked with one image each so often.
constexpr seconds kDiskPause{1};
// Looking for room goes through the whole folder.
constexpr seconds kRoomPause{10};
constexpr hours kOldLinesPause{1};
constexpr int kMostHours = 48;  // of lines that go at once

}  // namespace

Keeper::Place::~Place() {
  if (!keeper_) return;
  const std::lock_guard lock(keeper_->mutex_);
  keeper_->waiting_bytes_ -= bytes_;
}

Keeper::Keeper(const SpoolOptions& options)
    : options_(options),
      images_(options.folder / "incoming", options.max_bytes),
      fates_(options.folder / "fate") {
  images_.clean();
}

Result<std::unique_ptr<Keeper>> Keeper::make(const SpoolOptions& options) {
  std::unique_ptr<Keeper> keeper(new Keeper(options));
  try {
    keeper->thread_ = std::thread([k = keeper.get()] { k->run(); });
  } catch (const std::system_error& error) {
    return failure("spool", "no thread: {}", error.what());
  }
  return keeper;
}

Keeper::~Keeper() {
  {
    const std::lock_guard lock(mutex_);
    stopping_ = true;
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

Result<Keeper::Place> Keeper::reserve(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  std::string reason;
  const Clock::time_point now = Clock::now();
  if (!trouble_.reason.empty() && now < trouble_.until)
    reason = trouble_.reason;
  else if (waiting_bytes_ > 0 && waiting_bytes_ + bytes > options_.max_waiting_bytes)
    reason = "waiting_bytes";
  if (!reason.empty()) {
    ++counts_.dropped;
    return Failure{"spool", reason};
  }
  trouble_.until = now + kDiskPause;  // this one is tried, and the next ones wait for what it says
  waiting_bytes_ += bytes;
  return Place(*this, bytes);
}

void Keeper::take(Place place, Stratum stratum, KeptImage image) {
  Waiting waiting{stratum, std::move(image), std::move(place)};  // gives its place back unlocked
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(waiting));
  }
  changed_.notify_all();
}

SpoolCounts Keeper::counts() const {
  const std::lock_guard lock(mutex_);
  return counts_;
}

std::string Keeper::problem() const {
  const std::lock_guard lock(mutex_);
  return trouble_.text;
}

void Keeper::run() {
  Clock::time_point next_removal = Clock::now();
  for (;;) {
    if (Clock::now() >= next_removal) {
      remove_old_lines();
      next_removal = Clock::now() + kOldLinesPause;
    }
    std::unique_lock lock(mutex_);
    changed_.wait_until(lock, next_removal, [&] { return stopping_ || !queue_.empty(); });
    if (queue_.empty()) {
      if (stopping_) return;
      continue;
    }
    const Waiting waiting = std::move(queue_.front());
    queue_.pop_front();
    lock.unlock();
    try {
      store(waiting);
    } catch (const std::exception&) {  // memory: there may be none to say so either
      lock.lock();
      ++counts_.dropped;
      lock.unlock();
    }
  }
}

void Keeper::store(const Waiting& waiting) {
  const KeptImage& image = waiting.image;
  if (images_.has(image.name)) return;  // the same image again
  std::vector<std::string> removed;
  const bool room = images_.make_room(image.bytes.size() + image.line.size(), removed);
  for (const std::string& name : removed) say_fate(name, "removed", "keep_bytes");
  {
    const std::lock_guard lock(mutex_);
    counts_.removed += removed.size();
  }
  if (!room)
    return drop(waiting, "keep_bytes",
                fmt::format("'{}' is full: {} bytes (keep_bytes), and no OK image to make room",
                            (options_.folder / "incoming").string(), options_.max_bytes),
                kRoomPause);
  if (const auto failed = images_.put(image))
    return drop(waiting, "disk", failed->message, kDiskPause);
  say_fate(image.name, "stored");
  const std::lock_guard lock(mutex_);
  trouble_ = {};
  ++(waiting.stratum == Stratum::kNg         ? counts_.kept_ng
     : waiting.stratum == Stratum::kDoubtful ? counts_.kept_doubtful
                                             : counts_.kept_ok);
}

void Keeper::drop(const Waiting& waiting, std::string reason, std::string text,
                  Clock::duration pause) {
  say_fate(waiting.image.name, "dropped", reason);
  const std::lock_guard lock(mutex_);
  ++counts_.dropped;
  trouble_ = {std::move(reason), std::move(text), Clock::now() + pause};
}

// Where it cannot be written, nobody is told: an image without a fate has not arrived.
void Keeper::say_fate(const std::string& file, const char* fate, const std::string& reason) {
  const Time at = options_.now();
  Json line = {{"at", time_text(at)}, {"file", file}, {"fate", fate}};
  if (!reason.empty()) line["reason"] = reason;
  (void)fates_.append(at, dump_json(line) + "\n");
}

void Keeper::remove_old_lines() {
  try {
    const Time first = options_.now() - hours(24) * options_.line_days;
    for (const char* folder : {"line", "fate"})
      remove_hours_before(options_.folder / folder, first, kMostHours);
  } catch (const std::exception&) {  // memory: the next hour tries again
  }
}

}  // namespace paucal::spool
