#pragma once
// Standard output, checked: on a full disk a program must not end as if all were well.

#include <string_view>

namespace paucal::command {

// Both throw Error: "standard output: No space left on device".
void print(std::string_view text);
void flush_output();  // also what was printed by other means

}  // namespace paucal::command
