#pragma once
// What publishers share: a thread that is woken by new parts and told when to end.

#include <atomic>
#include <chrono>
#include <thread>

#include "line/backoff.h"
#include "line/publisher.h"
#include "line/state.h"
#include "line/wake.h"

namespace paucal::line {

class Sender : public Publisher {
 public:
  explicit Sender(Outbox outbox) : outbox_(std::move(outbox)) {}
  void tell(uint32_t part) override {
    newest_ = part;
    wake_.notify();
  }
  bool drain(std::chrono::milliseconds longest) override;

 protected:
  void begin() {
    thread_ = std::thread([this] {
      run();
      ended_ = true;
    });
  }
  void end();  // by the destructor of who called begin()
  virtual void run() = 0;
  bool stopping() const { return stop_; }
  // Nothing more is to be said, and all is.
  bool finished() { return draining_ && outbox_.empty(); }
  // Until `duration` is over or stopping(); new parts do not end it.
  void pause(std::chrono::milliseconds duration);
  uint32_t newest() const { return newest_; }

  Outbox outbox_;  // of the thread
  Wake wake_;

 private:
  std::atomic<bool> stop_ = false, draining_ = false, ended_ = false;
  std::atomic<uint32_t> newest_ = 0;
  std::thread thread_;
};

}  // namespace paucal::line
