#pragma once
// Names of classes, as folders and files write them.

#include <string>
#include <string_view>

namespace paucal::labels {

// Without white space at either end, also that which no eye can tell from it: no-break spaces, the
// wide space of Chinese and Japanese keyboards, zero-width spaces and byte order marks.
std::string class_name(std::string_view text);

}  // namespace paucal::labels
