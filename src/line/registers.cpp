#include "line/registers.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace paucal::line {

StatusRegisters to_registers(const Status& status) {
  const auto high = static_cast<uint16_t>(status.part >> 16);
  const auto low = static_cast<uint16_t>(status.part & 0xffff);
  const double probability = std::clamp(status.outcome.probability_ng, 0., 1.);
  return {status.state == State::kReady,
          status.state == State::kBusy,
          static_cast<uint16_t>(status.outcome.verdict),
          static_cast<uint16_t>(status.fault),
          status.heartbeat,
          high,
          low,
          static_cast<uint16_t>(status.outcome.reason),
          static_cast<uint16_t>(std::lround(probability * 10'000)),
          status.recipe,
          status.missed};
}

Command to_command(const CommandRegisters& words) {
  return {words[0], static_cast<uint32_t>(words[1]) << 16 | words[2]};
}

std::string register_table() {
  std::string table = "| address | name | written by | meaning |\n|---|---|---|---|\n";
  for (const Register& row : kRegisters)
    table += fmt::format("| {} | {} | {} | {} |\n",
                         row.words == 1 ? fmt::format("{}", row.address)
                                        : fmt::format("{}, {}", row.address, row.address + 1),
                         row.name, row.from_controller ? "controller" : "line", row.meaning);
  return table;
}

}  // namespace paucal::line
