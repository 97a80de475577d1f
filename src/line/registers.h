#pragma once
// What a Modbus controller reads and writes: one table, which docs/line-engineer.md repeats (a test
// compares them). Holding registers of 16 bits; a value of two has its high word first. Addresses
// count from --modbus-address.

#include <array>
#include <cstdint>
#include <span>
#include <string>

#include "line/state.h"

namespace paucal::line {

struct Register {
  uint16_t address;
  uint16_t words;
  const char* name;
  bool from_controller;  // who writes it
  const char* meaning;
};

inline constexpr Register kRegisters[] = {
    {0, 1, "ready", false, "1: the next part may come"},
    {1, 1, "busy", false, "1: a part is being judged"},
    {2, 1, "result", false, "verdict of the part: 0 none yet, 1 OK, 2 NG"},
    {3, 1, "error", false,
     "0 none, 1 unknown recipe, 2 input folder cannot be read, 3 results file cannot be written"},
    {4, 1, "heartbeat", false, "one more every 500 ms, also while busy; wraps"},
    {5, 2, "part", false, "number of the part in work, or of the last one"},
    {7, 1, "reason", false, "why NG without a defect: 0 none, 1 late, 2 file cannot be read"},
    {8, 1, "probability", false, "probability of NG in 1/10000"},
    {9, 1, "active recipe", false, "number of the recipe in use"},
    {10, 1, "missed", false, "verdicts that were not acknowledged in time; wraps"},
    {16, 1, "recipe", true, "number of the recipe to use from the next part on"},
    {17, 2, "acknowledge", true, "number of the part whose verdict was taken"},
};

inline constexpr uint16_t kStatusWords = 11;  // from address 0
inline constexpr uint16_t kCommandAddress = 16, kCommandWords = 3;
inline constexpr uint16_t kAllWords = kCommandAddress + kCommandWords;  // 11 to 15 are 0

using StatusRegisters = std::array<uint16_t, kStatusWords>;
using CommandRegisters = std::array<uint16_t, kCommandWords>;

StatusRegisters to_registers(const Status& status);

// What the controller wants.
struct Command {
  uint16_t recipe = 0;
  uint32_t acknowledged = 0;
  bool operator==(const Command&) const = default;
};
Command to_command(const CommandRegisters& words);

// The table as docs/line-engineer.md has it.
std::string register_table();

}  // namespace paucal::line
