#include "line/folder_watch.h"

#include <dirent.h>
#include <poll.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <map>
#include <mutex>
#include <thread>
#include <utility>

#include "base/error.h"
#include "base/host/log.h"

namespace paucal::line {
namespace {

constexpr int kMaxDepth = 16;
constexpr uint32_t kEvents = IN_CLOSE_WRITE | IN_MOVED_TO | IN_CREATE | IN_ONLYDIR | IN_EXCL_UNLINK;

bool is_folder(const std::string& path, unsigned char type) {
  if (type == DT_DIR) return true;
  if (type != DT_UNKNOWN) return false;
  struct stat info {};
  return ::lstat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

class Watch final : public FolderWatch {
 public:
  Watch(WatchOptions options, Arrivals arrivals, Descriptor inotify, const Wake& wake)
      : options_(std::move(options)),
        arrivals_(std::move(arrivals)),
        inotify_(std::move(inotify)),
        wake_(wake) {
    scan_all();  // here, so that whatever comes from now on is notified
    thread_ = std::thread([this] { run(); });
  }
  ~Watch() override {
    stop_ = true;
    own_wake_.notify();
    thread_.join();
  }

  std::vector<Arrival> take() override {
    const std::lock_guard lock(mutex_);
    return std::exchange(ready_, {});
  }
  bool healthy() const override { return healthy_; }

 private:
  void run();
  void scan_all();
  std::string scan(const std::string& folder, int depth);
  bool lost_its_drive(const std::string& folder, int fd);
  void watch(const std::string& folder);
  void read_events();
  void handle(const inotify_event& event);
  void look(const std::string& path, bool renamed);
  void look_at_due();
  void hand_over();
  std::string full(const std::string& path) const {
    return path.empty() ? options_.folder.string() : (options_.folder / path).string();
  }
  int wait_ms() const;

  WatchOptions options_;
  Arrivals arrivals_;
  Descriptor inotify_;
  const Wake& wake_;
  std::map<int, std::string> folders_;       // watch → path below the folder; "" is the folder
  std::map<std::string, bool> was_mounted_;  // by folder
  std::unordered_set<std::string> present_;  // in the look at all of it
  bool complete_ = true;                     // nothing was out of sight in it
  Clock::time_point next_scan_{};
  Wake own_wake_;
  std::atomic<bool> stop_ = false, healthy_ = true;
  std::mutex mutex_;
  std::vector<Arrival> ready_;
  std::thread thread_;
};

void Watch::run() {
  while (!stop_) {
    if (Clock::now() >= next_scan_) scan_all();
    // Before anything counts: a look at a folder may see a file and miss an older one.
    read_events();
    look_at_due();
    hand_over();
    pollfd waits[] = {{inotify_.get(), POLLIN, 0}, {own_wake_.fd(), POLLIN, 0}};
    ::poll(waits, 2, wait_ms());
  }
}

int Watch::wait_ms() const {
  auto until = next_scan_;
  if (const auto due = arrivals_.next_due()) until = std::min(until, *due);
  const auto wait = std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(wait, 1, 60'000));
}

void Watch::scan_all() {
  present_.clear();
  complete_ = true;
  const std::string wrong = scan("", 0);
  // What could not be seen is not gone: it would count a second time when it is back.
  if (wrong.empty() && complete_) arrivals_.keep(present_);
  if (wrong.empty() != healthy_.exchange(wrong.empty())) {
    if (wrong.empty())
      log::info("[line] '{}': can be read again", full(""));
    else
      log::error("[line] '{}': cannot be read: {}", full(""), wrong);
    wake_.notify();
  }
  next_scan_ = Clock::now() + options_.rescan;
}

// Whether a drive was mounted here when the folder was first seen and is not any more. What is seen
// then is the empty folder below it.
bool Watch::lost_its_drive(const std::string& folder, int fd) {
  struct stat own {
  }, parent{};
  if (::fstat(fd, &own) != 0 || ::fstatat(fd, "..", &parent, 0) != 0) return true;
  const bool mounted = own.st_dev != parent.st_dev;
  return was_mounted_.try_emplace(folder, mounted).first->second && !mounted;
}

// Returns why the folder cannot be read, "" where it can. Watched before it is read: what comes in
// between is seen twice rather than never.
std::string Watch::scan(const std::string& folder, int depth) {
  watch(folder);
  DIR* open = ::opendir(full(folder).c_str());
  const bool unmounted = open != nullptr && lost_its_drive(folder, ::dirfd(open));
  if (open == nullptr || unmounted) {
    complete_ = false;
    const std::string why = unmounted ? "its drive is not mounted" : std::strerror(errno);
    if (open != nullptr) ::closedir(open);
    return why;
  }
  while (true) {
    errno = 0;
    const dirent* entry = ::readdir(open);
    if (entry == nullptr) break;
    const std::string name = entry->d_name;
    if (name.starts_with(".")) continue;
    const std::string path = folder.empty() ? name : folder + "/" + name;
    if (is_folder(full(path), entry->d_type)) {
      if (depth < kMaxDepth) scan(path, depth + 1);
      continue;
    }
    present_.insert(path);
    look(path, false);
  }
  const std::string why = errno == 0 ? "" : std::strerror(errno);
  if (!why.empty()) complete_ = false;
  ::closedir(open);
  return why;
}

void Watch::watch(const std::string& folder) {
  const int number = ::inotify_add_watch(inotify_.get(), full(folder).c_str(), kEvents);
  if (number >= 0)
    folders_[number] = folder;
  else if (errno == ENOSPC)
    log::debug("[line] '{}': too many folders to be notified, looked at alone", folder);
}

void Watch::read_events() {
  alignas(inotify_event) char buffer[16 << 10];
  while (true) {
    const ssize_t got = ::read(inotify_.get(), buffer, sizeof(buffer));
    if (got <= 0) return;
    for (ssize_t at = 0; at < got;) {
      const auto& event = *reinterpret_cast<const inotify_event*>(buffer + at);
      handle(event);
      at += static_cast<ssize_t>(sizeof(inotify_event) + event.len);
    }
  }
}

void Watch::handle(const inotify_event& event) {
  if ((event.mask & IN_Q_OVERFLOW) != 0) next_scan_ = {};
  if ((event.mask & IN_IGNORED) != 0) folders_.erase(event.wd);
  const auto found = folders_.find(event.wd);
  if (event.len == 0 || found == folders_.end()) return;
  const std::string name = event.name;
  if (name.starts_with(".")) return;
  const std::string path = found->second.empty() ? name : found->second + "/" + name;
  if ((event.mask & IN_ISDIR) != 0)
    scan(path, 1);
  else if ((event.mask & (IN_CLOSE_WRITE | IN_MOVED_TO)) != 0)
    look(path, (event.mask & IN_MOVED_TO) != 0);
}

void Watch::look(const std::string& path, bool renamed) {
  if (const auto file = stamp_of(full(path)))
    arrivals_.saw(path, *file, renamed, Clock::now());
  else
    arrivals_.gone(path);
}

void Watch::look_at_due() {
  for (const std::string& path : arrivals_.due(Clock::now())) look(path, false);
}

void Watch::hand_over() {
  auto arrived = arrivals_.take(Clock::now());
  if (arrived.empty()) return;
  {
    const std::lock_guard lock(mutex_);
    std::ranges::move(arrived, std::back_inserter(ready_));
  }
  wake_.notify();
}

}  // namespace

Result<std::unique_ptr<FolderWatch>> FolderWatch::open(WatchOptions options, Arrivals known,
                                                       const Wake& wake) {
  Descriptor inotify(::inotify_init1(IN_NONBLOCK | IN_CLOEXEC));
  if (!inotify.ok()) return failure("line", "inotify: {}", std::strerror(errno));
  return std::unique_ptr<FolderWatch>(
      new Watch(std::move(options), std::move(known), std::move(inotify), wake));
}

}  // namespace paucal::line
