#pragma once
// What stands behind a Responder. Tests of handlers make their own with respond_to().

#include <atomic>
#include <functional>
#include <utility>

#include "http/server/server.h"

namespace paucal::http {

struct Responder::State {
  explicit State(std::function<void(Response)> sink) : send(std::move(sink)) {}
  State(const State&) = delete;
  State& operator=(const State&) = delete;
  ~State();  // not answered: 500

  // The first answer alone is sent.
  void answer(Response response) noexcept;

  std::function<void(Response)> send;  // called at most once, from any thread
  std::atomic<bool> answered{false}, gone{false};
};

// A Responder whose answer goes to `sink`.
Responder respond_to(std::function<void(Response)> sink);

}  // namespace paucal::http
