#pragma once
// Standard output, checked: on a full disk a program must not end as if all were well.

#include <fmt/format.h>

#include <string_view>
#include <utility>

namespace paucal::command {

// All throw Error: "standard output: No space left on device".
void print(std::string_view text);
template <class First, class... Rest>
void print(fmt::format_string<First, Rest...> format, First&& first, Rest&&... rest) {
  print(fmt::format(format, std::forward<First>(first), std::forward<Rest>(rest)...));
}
void flush_output();  // also what was printed by other means

}  // namespace paucal::command
