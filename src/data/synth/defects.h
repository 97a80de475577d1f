#pragma once
// What makes a sheet NG. Each defect is drawn with sub-pixel accuracy as a change of grey levels,
// and tells which part of each pixel it covers.

#include <array>
#include <optional>
#include <string_view>

#include "base/random.h"
#include "data/synth/electrode_options.h"
#include "data/synth/sheet.h"

namespace paucal::data {

enum class DefectKind { kScratch, kPinhole, kDent, kChip };
inline constexpr std::array kDefectKinds = {DefectKind::kScratch, DefectKind::kPinhole,
                                            DefectKind::kDent, DefectKind::kChip};
std::string_view defect_name(DefectKind kind);  // "scratch", …

// In a window of the sheet: sheets may be large, and defects are not.
struct Defect {
  int x = 0, y = 0;    // the window's first pixel
  edge::Map change;    // grey levels to add
  edge::Map coverage;  // 0 … 1; truth is where it is at least 0.5
};
// Nothing yet, in the window [x0, x1) × [y0, y1), cut to the sheet.
Defect empty_defect(const Sheet& sheet, std::array<int, 2> x, std::array<int, 2> y);

// A random defect somewhere on the coating; none where its place turned out to leave too little to
// be seen (the caller draws again). kChip needs sheet.has_edge.
std::optional<Defect> make_defect(DefectKind kind, const Sheet& sheet,
                                  const ElectrodeOptions& options, Random& random);

}  // namespace paucal::data
