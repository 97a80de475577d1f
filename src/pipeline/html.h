#pragma once
// Small pieces of HTML that the report and its plots share.

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace paucal::pipeline {

// How a number is shown. NaN is a dash in all of them.
enum class Unit {
  kPlain,    // 3 significant digits: .964 is 0.964, 12345 is 12,345
  kScore,    // 3 decimals: AUROC, average precision
  kPercent,  // a share: .052 is 5.2 %
  kPixels,   // 2.4 px
  kSeconds,  // 0.8 s, 12 s, 3 min 20 s, 1 h 4 min
  kCount,    // 12,345
};
std::string format_number(double value, Unit unit);

// Text as HTML, also inside attributes. Control characters and broken UTF-8 become U+FFFD.
std::string escape(std::string_view text);

std::string base64(std::span<const uint8_t> data);

// At most `length` characters (code points), the last one … where something was cut off.
std::string shorten(std::string_view text, size_t length);

}  // namespace paucal::pipeline
