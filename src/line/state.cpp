#include "line/state.h"

namespace paucal::line {

const char* name_of(State state) {
  constexpr const char* kNames[] = {"Ready", "Busy", "Result", "Error"};
  return kNames[static_cast<size_t>(state)];
}

const char* name_of(Verdict verdict) {
  constexpr const char* kNames[] = {"", "OK", "NG"};
  return kNames[static_cast<size_t>(verdict)];
}

bool Status::operator==(const Status& other) const {
  return state == other.state && fault == other.fault && heartbeat == other.heartbeat &&
         part == other.part && outcome.verdict == other.outcome.verdict &&
         outcome.reason == other.outcome.reason &&
         outcome.probability_ng == other.outcome.probability_ng && recipe == other.recipe &&
         missed == other.missed;
}

void StateMachine::tick(Clock::time_point now) {
  // After the machine slept, one beat suffices.
  if (now - beat_ >= 8 * options_.heartbeat) beat_ = now - options_.heartbeat;
  for (; now - beat_ >= options_.heartbeat; beat_ += options_.heartbeat) ++status_.heartbeat;
  if (phase_ != State::kResult || now < hold_until_) return;
  phase_ = State::kReady;
  if (waits_) ++status_.missed;
  acknowledged_ = !waits_;
}

bool StateMachine::start(uint32_t part) {
  if (!ready()) return false;
  phase_ = State::kBusy;
  status_.part = part;
  status_.outcome = {};
  return true;
}

bool StateMachine::finish(const Outcome& outcome, Clock::time_point now, bool waits) {
  if (phase_ != State::kBusy) return false;
  phase_ = State::kResult;
  status_.outcome = outcome;
  waits_ = waits && options_.ack_timeout.count() > 0;
  hold_until_ = waits_ ? now + options_.ack_timeout : now;
  return true;
}

bool StateMachine::acknowledge(uint32_t part) {
  if (phase_ != State::kResult || part != status_.part) return false;
  phase_ = State::kReady;
  acknowledged_ = true;
  return true;
}

void StateMachine::set_fault(Fault fault, bool present) {
  faults_.set(static_cast<size_t>(fault), present);
}

Status StateMachine::status() const {
  Status status = status_;
  status.state = phase_;
  if (phase_ == State::kResult || faults_.none()) return status;
  status.state = State::kError;
  for (size_t i = 0; i < faults_.size(); ++i)
    if (faults_[i]) {
      status.fault = static_cast<Fault>(i);
      break;
    }
  return status;
}

}  // namespace paucal::line
