#pragma once
// Processes that do nothing but keep a processor busy each: what training meets on a machine that
// it shares.

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <vector>

namespace paucal::bench {

class Neighbours {
 public:
  // Stopped at first. Before the first thread of this process: it forks.
  explicit Neighbours(int count) {
    for (int i = 0; i < count; ++i) {
      const pid_t child = ::fork();
      if (child == 0) spin();
      if (child > 0) children_.push_back(child);
    }
    send(SIGSTOP);
  }
  ~Neighbours() {
    send(SIGKILL);
    for (const pid_t child : children_) ::waitpid(child, nullptr, 0);
  }
  Neighbours(const Neighbours&) = delete;
  Neighbours& operator=(const Neighbours&) = delete;

  void start() const { send(SIGCONT); }
  void stop() const { send(SIGSTOP); }
  int count() const { return static_cast<int>(children_.size()); }

 private:
  [[noreturn]] static void spin() {
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // never outlives the benchmark
    for (volatile unsigned turns = 0;;) turns = turns + 1;
  }
  void send(int signal) const {
    for (const pid_t child : children_) ::kill(child, signal);
  }

  std::vector<pid_t> children_;
};

}  // namespace paucal::bench
