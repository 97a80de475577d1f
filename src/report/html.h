#pragma once
// Small pieces of HTML that the report and its plots share.

#include <string>
#include <string_view>

#include "base/unit.h"

namespace paucal::report {

// Text as HTML, also inside attributes. Control characters become U+FFFD, bytes
// of broken UTF-8 are shown as \xC1.
std::string escape(std::string_view text);

// At most `length` characters (code points), the last one … where something was cut off.
std::string shorten(std::string_view text, size_t length);

}  // namespace paucal::report
