#include "data/synth/sheet.h"

#include <algorithm>
#include <cmath>

#include "data/synth/relief.h"

namespace paucal::data {
namespace {

using edge::Map;

// Fine texture: grains of two sizes, skewed so that bright flakes stand out of a darker binder.
void add_grain(Map& coating, double amplitude, double scale, Random& random) {
  Map fine(coating.width, coating.height);
  add_relief(fine, scale, scale, 0.8, random);
  add_relief(fine, 2.2 * scale, 2.8 * scale, 0.55, random);
  constexpr float kSkew = 0.18f;
  const auto gain = static_cast<float>(amplitude);
  for (size_t i = 0; i < fine.values.size(); ++i) {
    const float v = fine.values[i];
    coating.values[i] += gain * (v + kSkew * (v * v - 0.94f));
  }
}

// Rolling marks: a soft pattern across the web and a few thin lines, all along it without end.
void add_streaks(Map& coating, double amplitude, Random& part, Random& image) {
  auto profile = make_profile(coating.width, 5, 0.6 * amplitude, part);
  const auto broad = make_profile(coating.width, 28, 0.8 * amplitude, part);
  for (int x = 0; x < coating.width; ++x) profile[x] += broad[x];
  const int64_t lines = part.between(2, 7) * std::max(1, coating.width / 256);
  for (int64_t i = 0; i < lines; ++i) {
    const double centre = part.uniform(0, coating.width);
    const double width = part.uniform(0.6, 1.6);
    const double height = part.uniform(-1.8, 1.8) * amplitude;
    for (int x = 0; x < coating.width; ++x) {
      const double d = (x + 0.5 - centre) / width;
      profile[x] += static_cast<float>(height * std::exp(-0.5 * d * d));
    }
  }
  const auto along = make_profile(coating.height, 90, 0.25, image);
  for (int y = 0; y < coating.height; ++y)
    for (int x = 0; x < coating.width; ++x) coating.at(x, y) += profile[x] * (1 + along[y]);
}

// Bare foil with its brushed lines beside the coating, whose rim is a little raised.
void add_edge(Sheet& sheet, double side, double foil_grey, Random& image) {
  const int width = sheet.coating.width, height = sheet.coating.height;
  sheet.has_edge = true;
  sheet.coated_right = side < 0;
  sheet.foil = Map(width, height, static_cast<float>(foil_grey));
  add_relief(sheet.foil, 1.2, 45, 4, image);
  add_relief(sheet.foil, 7, 160, 3.5, image);
  add_relief(sheet.foil, 1, 1.5, 1.5, image);

  const double inset = image.uniform(0.09, 0.24) * sheet.size;
  const double start = sheet.coated_right ? inset : width - inset;
  // A long edge stays within the sheet, too.
  const double slope = image.uniform(-0.008, 0.008) * (static_cast<double>(sheet.size) / height);
  const auto wave = make_profile(height, 26, 0.7, image);
  const auto ragged = make_profile(height, 7, 0.35, image);
  const auto crumbs = make_profile(height, 1.3, 0.22, image);
  const double bead = image.uniform(-4, 7);
  const double softness = image.uniform(1.2, 2.2);
  sheet.edge_x.resize(height);
  for (int y = 0; y < height; ++y) {
    const double edge = start + slope * y + wave[y] + ragged[y] + crumbs[y];
    sheet.edge_x[y] = static_cast<float>(edge);
    for (int x = 0; x < width; ++x) {
      const double inside = (x + 0.5 - edge) * (sheet.coated_right ? 1 : -1);
      sheet.cover.at(x, y) = static_cast<float>(std::clamp(0.5 + inside / softness, 0.0, 1.0));
      if (inside < 14)
        sheet.coating.at(x, y) += static_cast<float>(bead * std::exp(-std::abs(inside - 3) / 3));
    }
  }
}

// Line-scan light: its profile lies across the web, with a slow drift along it.
void add_light(Map& light, double unevenness, Random& part, Random& image) {
  const double tilt = part.uniform(-0.7, 0.7) * unevenness;
  const double bow = part.uniform(-0.2, 0.6) * unevenness;
  const auto drift = make_profile(light.height, light.height / 1.5, 0.12 * unevenness, image);
  const auto flicker = make_profile(light.height, 1, 0.0025, image);
  for (int y = 0; y < light.height; ++y) {
    for (int x = 0; x < light.width; ++x) {
      const double u = 2.0 * x / light.width - 1;
      light.at(x, y) =
          static_cast<float>(1 + tilt * u - bow * (u * u - 1.0 / 3)) * (1 + drift[y] + flicker[y]);
    }
  }
}

// A Poisson number by Knuth's product of uniforms; a large mean is the sum of smaller ones, as
// e^-mean would be 0.
int64_t poisson(double mean, Random& random) {
  constexpr double kMost = 256;
  int64_t n = 0;
  for (; mean > kMost; mean -= kMost) n += poisson(kMost, random);
  const double floor = std::exp(-mean);
  for (double product = random.uniform(); product > floor; product *= random.uniform()) ++n;
  return n;
}

double areas(const Map& map) {
  return map.width * static_cast<double>(map.height) / (256 * 256);
}

int from(double centre, double reach) {
  return std::max(0, static_cast<int>(centre - reach));
}
int until(double centre, double reach, int end) {
  return std::min(end, static_cast<int>(centre + reach) + 1);
}

}  // namespace

Map Sheet::compose() const {
  Map grey = coating;
  if (has_edge)
    for (size_t i = 0; i < grey.values.size(); ++i)
      grey.values[i] += (1 - cover.values[i]) * (foil.values[i] - grey.values[i]);
  return grey;
}

Sheet make_sheet(const ElectrodeOptions& options, Random& part, Random& image) {
  Sheet sheet;
  sheet.grain = std::max(1.0, std::hypot(options.grain, options.noise));
  const double grey = part.uniform(72, 122);
  const double scale = part.uniform(1.0, 1.45);
  const double foil_grey = grey + part.uniform(60, 100);
  const double side = part.chance(0.5) ? -1 : 1;

  const int width = options.sheet_width(), height = options.sheet_height();
  sheet.size = options.size;
  sheet.coating = Map(width, height, static_cast<float>(grey + image.uniform(-3, 3)));
  sheet.cover = Map(width, height, 1);
  sheet.light = Map(width, height, 1);
  add_grain(sheet.coating, options.grain, scale, image);
  add_relief(sheet.coating, 16, 24, 0.35 * options.grain, image);
  add_relief(sheet.coating, 55, 80, 0.5 * options.grain, image);
  add_streaks(sheet.coating, options.streaks * sheet.grain, part, image);
  add_light(sheet.light, options.light, part, image);
  if (image.chance(options.foil_share)) add_edge(sheet, side, foil_grey, image);
  return sheet;
}

void add_dust(Map& grey, const Sheet& sheet, double per_area, Random& random) {
  for (int64_t left = poisson(per_area * areas(grey), random); left > 0; --left) {
    const double cx = random.uniform(0, grey.width), cy = random.uniform(0, grey.height);
    const double radius = random.uniform(1, 2.2);
    const double ratio = random.uniform(0.75, 1);
    const double angle = random.uniform(0, M_PI);
    const double height = sheet.grain * random.uniform(3.5, 8) * (random.chance(0.6) ? 1 : -1);
    const double reach = 4 * radius;
    for (int y = from(cy, reach); y < until(cy, reach, grey.height); ++y) {
      for (int x = from(cx, reach); x < until(cx, reach, grey.width); ++x) {
        const double dx = x + 0.5 - cx, dy = y + 0.5 - cy;
        const double u = (dx * std::cos(angle) + dy * std::sin(angle)) / radius;
        const double v = (dy * std::cos(angle) - dx * std::sin(angle)) / (radius * ratio);
        grey.at(x, y) += static_cast<float>(height * std::exp(-0.5 * (u * u + v * v)));
      }
    }
  }
}

void add_glue(Map& grey, const Sheet& sheet, double per_area, Random& random) {
  for (int64_t left = poisson(per_area * areas(grey), random); left > 0; --left) {
    const double cx = random.uniform(0, grey.width), cy = random.uniform(0, grey.height);
    const double radius = random.uniform(7, 20);
    const double softness = random.uniform(0.25, 0.5);  // of the radius
    const double height = sheet.grain * random.uniform(1.4, 3) * (random.chance(0.4) ? 1 : -1);
    const double two = random.uniform(0, 0.22), three = random.uniform(0, 0.12);
    const double turn = random.uniform(0, 2 * M_PI);
    const double reach = 2.2 * radius;
    for (int y = from(cy, reach); y < until(cy, reach, grey.height); ++y) {
      for (int x = from(cx, reach); x < until(cx, reach, grey.width); ++x) {
        const double dx = x + 0.5 - cx, dy = y + 0.5 - cy;
        const double angle = std::atan2(dy, dx) + turn;
        const double outline =
            radius * (1 + two * std::cos(2 * angle) + three * std::cos(3 * angle + turn));
        const double inside = (1 - std::hypot(dx, dy) / outline) / softness;
        grey.at(x, y) += static_cast<float>(height / (1 + std::exp(-4 * inside)));
      }
    }
  }
}

}  // namespace paucal::data
