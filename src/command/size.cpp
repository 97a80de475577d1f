#include "command/size.h"

#include <cstdio>

#include "base/error.h"

namespace paucal::command {

std::array<int, 2> parse_size(const std::string& text) {
  constexpr int kMost = 16384;
  std::array<int, 2> size{};
  char rest = 0;
  if (std::sscanf(text.c_str(), "%dx%d%c", &size[0], &size[1], &rest) != 2 || size[0] < 1 ||
      size[1] < 1 || size[0] > kMost || size[1] > kMost)
    fail("cli", "--size {}: expected WIDTHxHEIGHT of 1 to {}, e.g. 640x480", text, kMost);
  return size;
}

}  // namespace paucal::command
