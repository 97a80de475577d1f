#include "edge/pre/part.h"

#include <array>
#include <cmath>

#include "edge/image/deep.h"
#include "edge/pre/channels.h"
#include "edge/pre/resize.h"

namespace paucal::edge {
namespace {

constexpr int kSide = 256;  // of the shrunk picture, at most
constexpr int kLevels = 256;
constexpr double kPi = 3.14159265358979323846;
constexpr double kLeastShare = .01, kMostShare = .98;  // of the image

Map shrunk_grey(const Image& image) {
  const double factor = std::min(1.0, double{kSide} / std::max(image.width, image.height));
  const auto side = [&](int size) { return std::max(1, static_cast<int>(size * factor + .5)); };
  const Image grey = with_channels(resize(image, side(image.width), side(image.height)), 1);
  Map map(grey.width, grey.height);
  with_samples(grey, [&](const auto* samples, int white) {
    for (size_t i = 0; i < map.values.size(); ++i)
      map.values[i] = static_cast<float>(samples[i]) / static_cast<float>(white);
  });
  return map;
}

// The threshold between the two groups of values that differ most; none for one value alone.
std::optional<float> otsu(const Map& grey) {
  const auto [least, most] = std::ranges::minmax(grey.values);
  if (!(least < most)) return std::nullopt;
  const float step = (most - least) / kLevels;
  std::array<int, kLevels> counts{};
  for (const float value : grey.values)
    ++counts[static_cast<size_t>(std::min(kLevels - 1, static_cast<int>((value - least) / step)))];
  double total = 0;
  for (int level = 0; level < kLevels; ++level) total += level * counts[static_cast<size_t>(level)];
  const auto pixels = static_cast<double>(grey.values.size());
  double below = 0, sum = 0, best = -1;
  int last = 0;
  for (int level = 0; level + 1 < kLevels; ++level) {
    below += counts[static_cast<size_t>(level)];
    sum += level * counts[static_cast<size_t>(level)];
    if (below == 0 || below == pixels) continue;
    const double apart = sum / below - (total - sum) / (pixels - below);
    const double between = below * (pixels - below) * apart * apart;
    if (between > best) best = between, last = level;
  }
  return least + static_cast<float>(last + 1) * step;
}

// Turns the 4-connected piece of `from` that holds the pixel `first` into `to`; returns its size.
int flood(std::vector<uint8_t>& mask, int width, int first, uint8_t from, uint8_t to) {
  std::vector<int> open;
  const auto pixels = static_cast<int>(mask.size());
  const auto take = [&](int i) {
    if (mask[static_cast<size_t>(i)] != from) return;
    mask[static_cast<size_t>(i)] = to;
    open.push_back(i);
  };
  take(first);
  int size = 0;
  for (; !open.empty(); ++size) {
    const int i = open.back();
    open.pop_back();
    if (i % width > 0) take(i - 1);
    if (i % width + 1 < width) take(i + 1);
    if (i >= width) take(i - width);
    if (i + width < pixels) take(i + width);
  }
  return size;
}

// Leaves the largest piece of ones in `mask`; returns its size.
int keep_largest(std::vector<uint8_t>& mask, int width) {
  constexpr uint8_t kSeen = 2, kKept = 3;
  int largest = 0, kept = 0;
  for (int i = 0; i < static_cast<int>(mask.size()); ++i) {
    const int size = flood(mask, width, i, 1, kSeen);
    if (size > largest) largest = size, kept = i;
  }
  flood(mask, width, kept, kSeen, kKept);
  for (uint8_t& pixel : mask) pixel = pixel == kKept;
  return largest;
}

void measure_place(Part& part) {
  double x = 0, y = 0, count = 0;
  part.x = part.y = 0;
  part.each([&](double px, double py, double) { x += px, y += py, ++count; });
  part.x = x / count, part.y = y / count;
  double xx = 0, xy = 0, yy = 0;
  part.each([&](double dx, double dy, double) { xx += dx * dx, xy += dx * dy, yy += dy * dy; });
  part.angle = .5 * std::atan2(2 * xy, xx - yy);
  const double c = std::cos(part.angle), s = std::sin(part.angle);
  double third = 0;
  part.each([&](double dx, double dy, double contrast) {
    const double along = dx * c + dy * s;
    third += along * along * along * std::abs(contrast);
  });
  if (third < 0) part.angle += part.angle > 0 ? -kPi : kPi;
}

}  // namespace

bool stands_out_bright(const Image& image) {
  const Map grey = shrunk_grey(image);
  const auto threshold = otsu(grey);
  if (!threshold) return false;
  int dark = 0, border = 0;
  for (int y = 0; y < grey.height; ++y)
    for (int x = 0; x < grey.width; ++x) {
      if (x > 0 && y > 0 && x + 1 < grey.width && y + 1 < grey.height) continue;
      dark += grey.at(x, y) < *threshold;
      ++border;
    }
  return 2 * dark > border;
}

std::optional<Part> find_part(const Image& image, bool bright) {
  if (image.empty()) return std::nullopt;
  Part part{.grey = shrunk_grey(image)};
  const auto threshold = otsu(part.grey);
  if (!threshold) return std::nullopt;
  const auto& values = part.grey.values;
  for (const float value : values) part.mask.push_back((value >= *threshold) == bright);
  const auto pixels = static_cast<double>(values.size());
  const double size = keep_largest(part.mask, part.grey.width);
  if (size < kLeastShare * pixels || size > kMostShare * pixels) return std::nullopt;
  double ground = 0;
  for (size_t i = 0; i < values.size(); ++i)
    if (!part.mask[i]) ground += values[i];
  part.ground = ground / (pixels - size);
  part.step_x = static_cast<double>(image.width) / part.grey.width;
  part.step_y = static_cast<double>(image.height) / part.grey.height;
  measure_place(part);
  return part;
}

}  // namespace paucal::edge
