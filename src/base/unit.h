#pragma once
// Numbers as people read them, by what they measure.

#include <string>

namespace paucal {

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

}  // namespace paucal
