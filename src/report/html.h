#pragma once
// Small pieces of HTML that the report and its plots share.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/unit.h"

namespace paucal::report {

// Text as HTML, also inside attributes. Control characters become U+FFFD, bytes
// of broken UTF-8 are shown as \xC1.
std::string escape(std::string_view text);

std::string base64(std::span<const uint8_t> data);

// At most `length` characters (code points), the last one … where something was cut off.
std::string shorten(std::string_view text, size_t length);

}  // namespace paucal::report
