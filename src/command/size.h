#pragma once
// WIDTHxHEIGHT, as typed.

#include <array>
#include <string>

namespace paucal::command {

// "640x480" → {640, 480}. Throws Error that names the flag --size: each is 1 to 16384.
std::array<int, 2> parse_size(const std::string& text);

}  // namespace paucal::command
