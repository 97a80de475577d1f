// libFuzzer target: a controller that writes anything at any time, while parts come and faults come
// and go. The registers always say one thing, and a part's verdict does not change.
#include <cmath>

#include "line/registers.h"

using namespace paucal::line;

namespace {

void require(bool condition) {
  if (!condition) __builtin_trap();
}

// Bytes as choices; where they end, all are 0.
class Choices {
 public:
  explicit Choices(std::span<const uint8_t> bytes) : bytes_(bytes) {}
  bool empty() const { return bytes_.empty(); }
  uint16_t word() {
    uint16_t word = 0;
    for (int i = 0; i < 2 && !bytes_.empty(); ++i, bytes_ = bytes_.subspan(1))
      word = static_cast<uint16_t>(word << 8 | bytes_[0]);
    return word;
  }

 private:
  std::span<const uint8_t> bytes_;
};

Outcome outcome_of(uint16_t word) {
  constexpr double kProbabilities[] = {0, 1, .5, 1e-9, -1, 2, INFINITY, NAN};
  return {static_cast<Verdict>(1 + word % 2), static_cast<Reason>(word / 2 % 3),
          kProbabilities[word / 8 % 8]};
}

void check(const Status& status) {
  const StatusRegisters words = to_registers(status);
  const bool ready = words[0], busy = words[1], error = words[3];
  require(words[0] <= 1 && words[1] <= 1 && ready + busy + error <= 1);
  require(words[2] <= 2 && words[3] <= 3 && words[7] <= 2 && words[8] <= 10'000);
  require(status.state != State::kResult || words[2] != 0);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  Choices choices({data, size});
  Clock::time_point now{};
  StateMachine machine({}, now);
  uint32_t part = choices.word() * 65'537u;  // may wrap
  while (!choices.empty()) {
    const Status before = machine.status();
    const uint16_t word = choices.word();
    switch (word % 6) {
      case 0:
        machine.start(++part);
        break;
      case 1:
        machine.finish(outcome_of(word / 6), now, word / 6 % 2);
        break;
      case 2: {
        const uint16_t recipe = choices.word(), high = choices.word(), low = choices.word();
        const Command command = to_command({recipe, high, low});
        machine.set_recipe(command.recipe);
        const bool taken = machine.acknowledge(command.acknowledged);
        require(!taken || (before.state == State::kResult && command.acknowledged == before.part));
        break;
      }
      case 3:
        machine.acknowledge(machine.status().part);
        break;
      case 4:
        machine.set_fault(static_cast<Fault>(1 + word / 6 % 3), word / 18 % 2);
        break;
      default:
        now += std::chrono::milliseconds(word / 6);
        machine.tick(now);
    }
    const Status after = machine.status();
    check(after);
    if (after.part == before.part && before.outcome.verdict != Verdict::kNone && word % 6 != 0)
      require(after.outcome.verdict == before.outcome.verdict);
  }
  return 0;
}
