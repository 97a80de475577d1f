#include "edge/pre/geometry.h"

#include <cmath>

namespace paucal::edge {
namespace {

using Matrix = std::array<double, 6>;

// a ∘ b: first b, then a.
Matrix compose(const Matrix& a, const Matrix& b) {
  return {a[0] * b[0] + a[1] * b[3], a[0] * b[1] + a[1] * b[4], a[0] * b[2] + a[1] * b[5] + a[2],
          a[3] * b[0] + a[4] * b[3], a[3] * b[1] + a[4] * b[4], a[3] * b[2] + a[4] * b[5] + a[5]};
}

Geometry stepped(const Geometry& from, const Matrix& new_to_old, int width, int height) {
  return Geometry::from_matrix(compose(from.matrix(), new_to_old), width, height,
                               from.original_width(), from.original_height());
}

// The bounds of the four mapped corners.
template <class Map>
std::array<double, 4> bounds(const Box& box, const Map& map) {
  const std::array<std::array<double, 2>, 4> corners{map(box.x0, box.y0), map(box.x1, box.y0),
                                                     map(box.x0, box.y1), map(box.x1, box.y1)};
  std::array<double, 4> result{corners[0][0], corners[0][1], corners[0][0], corners[0][1]};
  for (const auto& [x, y] : corners) {
    result[0] = std::min(result[0], x);
    result[1] = std::min(result[1], y);
    result[2] = std::max(result[2], x);
    result[3] = std::max(result[3], y);
  }
  return result;
}

Box box_of(const std::array<double, 4>& b) {
  return {static_cast<float>(b[0]), static_cast<float>(b[1]), static_cast<float>(b[2]),
          static_cast<float>(b[3])};
}

}  // namespace

Geometry::Geometry(int width, int height)
    : width_(width), height_(height), original_width_(width), original_height_(height) {}

Geometry Geometry::resized(int width, int height) const {
  const double sx = width > 0 ? static_cast<double>(width_) / width : 0;
  const double sy = height > 0 ? static_cast<double>(height_) / height : 0;
  return stepped(*this, {sx, 0, 0, 0, sy, 0}, width, height);
}

Geometry Geometry::cropped(int x, int y, int width, int height) const {
  return stepped(*this, {1, 0, static_cast<double>(x), 0, 1, static_cast<double>(y)}, width,
                 height);
}

Geometry Geometry::padded(int left, int top, int right, int bottom) const {
  return cropped(-left, -top, left + width_ + right, top + height_ + bottom);
}

Geometry Geometry::flipped_x() const {
  return stepped(*this, {-1, 0, static_cast<double>(width_), 0, 1, 0}, width_, height_);
}

Geometry Geometry::flipped_y() const {
  return stepped(*this, {1, 0, 0, 0, -1, static_cast<double>(height_)}, width_, height_);
}

Geometry Geometry::warped(const std::array<double, 6>& output_to_input, int width,
                          int height) const {
  return stepped(*this, output_to_input, width, height);
}

std::array<double, 2> Geometry::to_original(double x, double y) const {
  return {matrix_[0] * x + matrix_[1] * y + matrix_[2],
          matrix_[3] * x + matrix_[4] * y + matrix_[5]};
}

std::array<double, 2> Geometry::to_network(double x, double y) const {
  const double determinant = matrix_[0] * matrix_[4] - matrix_[1] * matrix_[3];
  if (determinant == 0) return {0, 0};
  const double dx = x - matrix_[2];
  const double dy = y - matrix_[5];
  return {(matrix_[4] * dx - matrix_[1] * dy) / determinant,
          (matrix_[0] * dy - matrix_[3] * dx) / determinant};
}

Box Geometry::to_original(const Box& box) const {
  auto b = bounds(box, [this](double x, double y) { return to_original(x, y); });
  for (int i : {0, 2}) b[i] = std::clamp(b[i], 0.0, static_cast<double>(original_width_));
  for (int i : {1, 3}) b[i] = std::clamp(b[i], 0.0, static_cast<double>(original_height_));
  return box_of(b);
}

Box Geometry::to_network(const Box& box) const {
  return box_of(bounds(box, [this](double x, double y) { return to_network(x, y); }));
}

double Geometry::area_scale() const {
  return std::abs(matrix_[0] * matrix_[4] - matrix_[1] * matrix_[3]);
}

Geometry Geometry::from_matrix(const std::array<double, 6>& matrix, int width, int height,
                               int original_width, int original_height) {
  Geometry result(width, height);
  result.matrix_ = matrix;
  result.original_width_ = original_width;
  result.original_height_ = original_height;
  return result;
}

}  // namespace paucal::edge
