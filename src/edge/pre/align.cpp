#include "edge/pre/align.h"

#include <cmath>

#include "edge/image/warp.h"

namespace paucal::edge {
namespace {

constexpr double kTurn = 2 * 3.14159265358979323846;
constexpr size_t kAngles = Alignment::kAngles;

// What the part differs from the ground by, at a point in image pixels; 0 beside it.
double contrast_at(const Part& part, double x, double y) {
  const int column = static_cast<int>(std::floor(x / part.step_x));
  const int row = static_cast<int>(std::floor(y / part.step_y));
  if (column < 0 || row < 0 || column >= part.grey.width || row >= part.grey.height) return 0;
  const size_t i =
      static_cast<size_t>(row) * static_cast<size_t>(part.grey.width) + static_cast<size_t>(column);
  return part.mask[i] ? part.grey.values[i] - part.ground : 0;
}

// The places of kAngles shifts and the correlation at each.
std::vector<double> correlations(const std::vector<int8_t>& polar,
                                 const std::vector<float>& picture) {
  std::vector<double> sums(kAngles);
  for (size_t ring = 0; ring < Alignment::kRings; ++ring) {
    const int8_t* still = polar.data() + ring * kAngles;
    const float* turned = picture.data() + ring * kAngles;
    for (size_t shift = 0; shift < kAngles; ++shift) {
      float sum = 0;
      for (size_t a = 0; a + shift < kAngles; ++a) sum += still[a] * turned[a + shift];
      for (size_t a = kAngles - shift; a < kAngles; ++a)
        sum += still[a] * turned[a + shift - kAngles];
      sums[shift] += sum;
    }
  }
  return sums;
}

}  // namespace

std::vector<float> polar_picture(const Part& part, double radius, double angle) {
  std::vector<float> picture(Alignment::kRings * kAngles);
  for (size_t ring = 0; ring < Alignment::kRings; ++ring) {
    float* row = picture.data() + ring * kAngles;
    const double r = radius * (static_cast<double>(ring) + .5) / Alignment::kRings;
    double sum = 0;
    for (size_t a = 0; a < kAngles; ++a) {
      const double at = angle + kTurn * static_cast<double>(a) / Alignment::kAngles;
      const double value = contrast_at(part, part.x + r * std::cos(at), part.y + r * std::sin(at));
      row[a] = static_cast<float>(value);
      sum += value;
    }
    const auto mean = static_cast<float>(sum / Alignment::kAngles);
    const auto weight = static_cast<float>(std::sqrt(r));  // of both pictures: together, r
    for (size_t a = 0; a < kAngles; ++a) row[a] = (row[a] - mean) * weight;
  }
  return picture;
}

double turn_against(const std::vector<int8_t>& polar, const std::vector<float>& picture,
                    double* fit) {
  const std::vector<double> sums = correlations(polar, picture);
  const auto best = static_cast<size_t>(std::ranges::max_element(sums) - sums.begin());
  const double before = sums[(best + kAngles - 1) % kAngles], after = sums[(best + 1) % kAngles];
  const double bend = before - 2 * sums[best] + after;
  const double beyond = bend < 0 ? .5 * (before - after) / bend : 0;
  if (fit) *fit = sums[best];
  return kTurn * (static_cast<double>(best) + beyond) / Alignment::kAngles;
}

Pose pose_of(const Image& image, const Alignment& alignment) {
  const auto part = find_part(image, alignment.bright);
  if (!part) return {image.width / 2.0, image.height / 2.0, 0};
  if (alignment.by == Align::kPca) return {part->x, part->y, part->angle};
  return {part->x, part->y,
          turn_against(alignment.polar, polar_picture(*part, alignment.radius, 0))};
}

Image aligned(const Image& image, const Alignment& alignment, Geometry& geometry) {
  const Pose pose = pose_of(image, alignment);
  const double c = std::cos(pose.angle), s = std::sin(pose.angle);
  const double x = alignment.width / 2.0, y = alignment.height / 2.0;
  const std::array<double, 6> to_image = {c, -s, pose.x - c * x + s * y,
                                          s, c,  pose.y - s * x - c * y};
  geometry = geometry.warped(to_image, alignment.width, alignment.height);
  return warped(image, to_image, alignment.width, alignment.height);
}

}  // namespace paucal::edge
