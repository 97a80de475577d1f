#include "base/unit.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <string_view>

namespace paucal {
namespace {

constexpr std::string_view kThinSpace = "\xE2\x80\xAF";  // U+202F, does not break

std::string grouped(double value) {
  std::string digits = fmt::format("{:.0f}", std::abs(value));
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) digits.insert(at, 1, ',');
  return (value <= -.5 ? "−" : "") + digits;
}

std::string duration(double seconds) {
  if (seconds < 1) return fmt::format("{:.2f}{}s", seconds, kThinSpace);
  if (seconds < 10) return fmt::format("{:.1f}{}s", seconds, kThinSpace);
  const auto whole = static_cast<int64_t>(std::llround(std::min(seconds, 1e15)));
  if (whole < 60) return fmt::format("{}{}s", whole, kThinSpace);
  if (whole < 3600) return fmt::format("{0}{2}min {1}{2}s", whole / 60, whole % 60, kThinSpace);
  return fmt::format("{0}{2}h {1}{2}min", whole / 3600, whole % 3600 / 60, kThinSpace);
}

std::string plain(double value) {
  if (std::abs(value) >= 1000) return grouped(value);
  std::string text = fmt::format("{:.3g}", value);
  if (text.starts_with('-')) text.replace(0, 1, "−");
  return text;
}

}  // namespace

std::string format_number(double value, Unit unit) {
  if (std::isnan(value)) return "–";
  if (std::isinf(value)) return value > 0 ? "∞" : "−∞";
  switch (unit) {
    case Unit::kScore:
      return fmt::format("{:.3f}", value);
    case Unit::kPercent:
      return fmt::format("{:.1f}{}%", value * 100, kThinSpace);
    case Unit::kPixels:
      return fmt::format("{:.1f}{}px", value, kThinSpace);
    case Unit::kSeconds:
      return duration(value);
    case Unit::kCount:
      return grouped(value);
    case Unit::kPlain:
      break;
  }
  return plain(value);
}

}  // namespace paucal
