#pragma once
// Where a part is between the line and its controller, without any input or output:
//
//   Ready ─start→ Busy ─finish→ Result ─acknowledge, or its time is over→ Ready
//
// and Error in the place of Ready or Busy while something keeps the line from judging. A result is
// never hidden by an error. One thread.

#include <bitset>
#include <chrono>
#include <cstdint>

namespace paucal::line {

using Clock = std::chrono::steady_clock;

enum class State : uint16_t { kReady, kBusy, kResult, kError };
enum class Verdict : uint16_t { kNone = 0, kOk = 1, kNg = 2 };
// Why a verdict is NG though no defect was seen.
enum class Reason : uint16_t { kNone = 0, kLate = 1, kUnreadable = 2 };
// What keeps the line from judging. They stand in docs/line-engineer.md.
enum class Fault : uint16_t { kNone = 0, kUnknownRecipe = 1, kInputFolder = 2, kResultsFile = 3 };

const char* name_of(State state);
const char* name_of(Verdict verdict);  // "OK", "NG"; "" for none

struct Outcome {
  Verdict verdict = Verdict::kNone;
  Reason reason = Reason::kNone;
  double probability_ng = 0;
};

struct Status {
  State state = State::kReady;
  Fault fault = Fault::kNone;
  uint16_t heartbeat = 0;  // one more each period; wraps
  uint32_t part = 0;       // the part in work, or the last one; 0: none yet
  Outcome outcome;         // of that part, until the next one begins
  uint16_t recipe = 0;
  uint16_t missed = 0;  // results whose time was over without an acknowledgement; wraps

  bool operator==(const Status&) const;
};

struct StateOptions {
  std::chrono::milliseconds ack_timeout{1000};
  std::chrono::milliseconds heartbeat{500};
};

class StateMachine {
 public:
  StateMachine(StateOptions options, Clock::time_point now) : options_(options), beat_(now) {}

  // To be called often: it is what the heartbeat stands for.
  void tick(Clock::time_point now);
  // Only where ready(): false otherwise, and nothing happens.
  bool start(uint32_t part);
  // Busy → Result. `waits`: somebody may acknowledge it.
  bool finish(const Outcome& outcome, Clock::time_point now, bool waits);
  // Another part's number is no acknowledgement.
  bool acknowledge(uint32_t part);
  void set_fault(Fault fault, bool present);
  void set_recipe(uint16_t recipe) { status_.recipe = recipe; }

  Status status() const;
  bool ready() const { return status().state == State::kReady; }
  bool idle() const { return phase_ == State::kReady; }  // no part in work, maybe an error
  bool last_was_acknowledged() const { return acknowledged_; }

 private:
  StateOptions options_;
  Clock::time_point beat_, hold_until_{};
  State phase_ = State::kReady;  // never kError
  bool waits_ = false, acknowledged_ = true;
  std::bitset<16> faults_;
  Status status_;
};

}  // namespace paucal::line
