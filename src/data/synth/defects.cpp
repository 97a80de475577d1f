#include "data/synth/defects.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "data/synth/relief.h"
#include "data/synth/scratch.h"

namespace paucal::data {
namespace {

using edge::Map;

constexpr int kMinPixels = 8;

// Of what lies around (cx, cy).
Defect nothing_around(const Sheet& sheet, double cx, double cy, double reach) {
  const auto from = [&](double centre) { return static_cast<int>(centre - reach); };
  const auto until = [&](double centre) { return static_cast<int>(centre + reach) + 1; };
  return empty_defect(sheet, {from(cx), until(cx)}, {from(cy), until(cy)});
}

// A hole in the coating: a sharp dark disc, not quite round, with a bright rim on its lit side.
Defect draw_pinhole(const Sheet& sheet, double cx, double cy, double contrast, Random& random) {
  const double radius = random.uniform(1.7, 4.2);
  const double ratio = random.uniform(0.75, 1);
  const double angle = random.uniform(0, M_PI);
  const double lit = random.uniform(-M_PI, M_PI);
  const double rim = random.uniform(0.3, 0.8);
  const double c = std::cos(angle), s = std::sin(angle);
  const double reach = radius + 3;
  Defect defect = nothing_around(sheet, cx, cy, reach);
  for (int v = 0; v < defect.change.height; ++v) {
    for (int u = 0; u < defect.change.width; ++u) {
      const int x = defect.x + u, y = defect.y + v;
      const double dx = x + 0.5 - cx, dy = y + 0.5 - cy;
      const double distance = std::hypot(dx * c + dy * s, (dy * c - dx * s) / ratio);
      const double hole = std::clamp(radius + 0.5 - distance, 0.0, 1.0);
      const double ring = std::clamp(1.2 - std::abs(distance - radius - 0.9), 0.0, 1.0);
      const double facing = std::max(0.0, std::cos(std::atan2(dy, dx) - lit));
      const double cover = sheet.cover.at(x, y);
      defect.change.at(u, v) =
          static_cast<float>(contrast * cover * (rim * facing * ring * (1 - hole) - hole));
      defect.coverage.at(u, v) = static_cast<float>(hole * cover);
    }
  }
  return defect;
}

// A bump or dent is seen by its slopes: bright towards the light, dark away from it. Shading is
// the derivative of a Gaussian along the light, which comes along the web.
Defect draw_dent(const Sheet& sheet, double cx, double cy, double contrast, Random& random) {
  const double sigma = random.uniform(2.6, 6.5);
  const double ratio = random.uniform(0.65, 1);
  const double angle = random.uniform(0, M_PI);
  const double light = M_PI / 2 + random.uniform(-0.5, 0.5) + (random.chance(0.5) ? M_PI : 0);
  const double c = std::cos(angle), s = std::sin(angle);
  const double reach = 3.5 * sigma;
  const double peak = std::exp(-0.5);  // of t · exp(-t² / 2)
  Defect defect = nothing_around(sheet, cx, cy, reach);
  for (int v = 0; v < defect.change.height; ++v) {
    for (int u = 0; u < defect.change.width; ++u) {
      const int x = defect.x + u, y = defect.y + v;
      const double dx = x + 0.5 - cx, dy = y + 0.5 - cy;
      const double rho = std::hypot(dx * c + dy * s, (dy * c - dx * s) / ratio) / sigma;
      const double slope = (dx * std::cos(light) + dy * std::sin(light)) / sigma;
      const double cover = sheet.cover.at(x, y);
      defect.change.at(u, v) =
          static_cast<float>(contrast * cover * slope * std::exp(-0.5 * rho * rho) / peak);
      defect.coverage.at(u, v) =
          static_cast<float>(cover * std::clamp(0.5 + (1.9 - rho) * sigma, 0.0, 1.0));
    }
  }
  return defect;
}

// A bite out of the coating's rim, ragged, through which some foil shows.
Defect draw_chip(const Sheet& sheet, double contrast, Random& random) {
  const int width = sheet.cover.width, height = sheet.cover.height;
  const double half = random.uniform(4.5, 14);
  const double depth = random.uniform(4, 11);
  const double cy = random.uniform(half, height - half);
  const double skew = random.uniform(-0.5, 0.5);
  const auto ragged = make_profile(height, 2.5, 0.9, random);
  const int y0 = std::max(0, static_cast<int>(cy - half));
  const int y1 = std::min(height, static_cast<int>(cy + half) + 1);
  Defect defect = empty_defect(sheet, {0, width}, {y0, y1});
  // What sticks to the foil is patchy, and thinner towards the open side.
  Map patches(width, y1 - y0, 1);
  add_relief(patches, 2.4, 2.4, 0.22, random);
  for (int y = y0; y < y1; ++y) {
    const double v = (y + 0.5 - cy) / half;
    if (std::abs(v) >= 1) continue;
    const double bite = depth * std::sqrt(1 - v * v) * (1 + skew * v) + ragged[y] * (1 - v * v);
    for (int x = 0; x < width; ++x) {
      const double inside = (x + 0.5 - sheet.edge_x[y]) * (sheet.coated_right ? 1 : -1);
      const double open = std::clamp((bite - inside) / 1.4 + 0.5, 0.0, 1.0) * sheet.cover.at(x, y);
      const double room = std::max<double>(sheet.foil.at(x, y) - sheet.coating.at(x, y), 0);
      const double thin = patches.at(x, y - y0) * (1.25 - 0.5 * std::max(inside, 0.0) / depth);
      defect.change.at(x, y - y0) =
          static_cast<float>(open * std::clamp(contrast * thin, 0.0, room));
      defect.coverage.at(x, y - y0) = static_cast<float>(open);
    }
  }
  return defect;
}

// Keeps clear of the image's border, so that enough is seen, and of bare foil.
std::optional<std::array<double, 2>> place_on_coating(const Sheet& sheet, Random& random) {
  const double margin = 0.06 * sheet.size;
  const double x = random.uniform(margin, sheet.cover.width - margin);
  const double y = random.uniform(margin, sheet.cover.height - margin);
  if (sheet.cover.at(static_cast<int>(x), static_cast<int>(y)) < 1) return {};
  return {{x, y}};
}

}  // namespace

Defect empty_defect(const Sheet& sheet, std::array<int, 2> x, std::array<int, 2> y) {
  const int x0 = std::max(0, x[0]), y0 = std::max(0, y[0]);
  const int width = std::max(0, std::min(sheet.cover.width, x[1]) - x0);
  const int height = std::max(0, std::min(sheet.cover.height, y[1]) - y0);
  return {x0, y0, Map(width, height), Map(width, height)};
}

std::string_view defect_name(DefectKind kind) {
  switch (kind) {
    case DefectKind::kScratch:
      return "scratch";
    case DefectKind::kPinhole:
      return "pinhole";
    case DefectKind::kDent:
      return "dent";
    case DefectKind::kChip:
      return "chip";
  }
  return "";
}

std::optional<Defect> make_defect(DefectKind kind, const Sheet& sheet,
                                  const ElectrodeOptions& options, Random& random) {
  const auto place = place_on_coating(sheet, random);
  if (!place) return {};
  const auto [x, y] = *place;
  const double u = random.uniform();
  const double contrast =
      sheet.grain * (options.min_contrast + (options.max_contrast - options.min_contrast) * u * u);
  Defect defect;
  switch (kind) {
    case DefectKind::kScratch:
      defect = draw_scratch(sheet, x, y, contrast, random);
      break;
    // Small things need more contrast to be as plain as a long line.
    case DefectKind::kPinhole:
      defect = draw_pinhole(sheet, x, y, 2 * contrast, random);
      break;
    case DefectKind::kDent:
      defect = draw_dent(sheet, x, y, 1.3 * contrast, random);
      break;
    case DefectKind::kChip:
      defect = draw_chip(sheet, 2 * contrast, random);
      break;
  }
  const auto covered =
      std::ranges::count_if(defect.coverage.values, [](float v) { return v >= 0.5f; });
  if (covered < kMinPixels) return {};
  return defect;
}

}  // namespace paucal::data
