#include "line/sender.h"

#include <algorithm>

namespace paucal::line {

bool Sender::drain(std::chrono::milliseconds longest) {
  draining_ = true;
  wake_.notify();
  const auto until = Clock::now() + longest;
  while (!ended_ && Clock::now() < until) std::this_thread::sleep_for(std::chrono::milliseconds(5));
  end();
  return outbox_.empty();
}

void Sender::end() {
  stop_ = true;
  wake_.notify();
  if (thread_.joinable()) thread_.join();
}

void Sender::pause(std::chrono::milliseconds duration) {
  const auto until = Clock::now() + duration;
  while (!stopping() && Clock::now() < until)
    wake_.wait(static_cast<int>(
        std::chrono::ceil<std::chrono::milliseconds>(until - Clock::now()).count()));
}

}  // namespace paucal::line
