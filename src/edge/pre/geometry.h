#pragma once
// The one object that carries every resize, crop, pad, flip and tile: an affine map from network
// pixels back to original pixels, and its inverse. Coordinates are continuous, with pixel (i, j)
// covering [i, i+1) × [j, j+1), so boxes (half-open) need no ±0.5.

#include <array>

#include "edge/image/image.h"

namespace paucal::edge {

class Geometry {
 public:
  // The identity on an image of this size.
  Geometry(int width = 0, int height = 0);

  // Each returns what results when the step is applied to the current network image.
  Geometry resized(int width, int height) const;
  Geometry cropped(int x, int y, int width, int height) const;  // may reach outside: padding
  Geometry padded(int left, int top, int right, int bottom) const;
  Geometry flipped_x() const;  // mirror left-right
  Geometry flipped_y() const;
  // An affine warp given as output pixel → input pixel: in = m · (x, y, 1).
  Geometry warped(const std::array<double, 6>& output_to_input, int width, int height) const;

  int width() const { return width_; }  // of the network image
  int height() const { return height_; }
  int original_width() const { return original_width_; }
  int original_height() const { return original_height_; }

  std::array<double, 2> to_original(double x, double y) const;
  // The origin where the map has no inverse: after a resize to nothing.
  std::array<double, 2> to_network(double x, double y) const;
  // The axis-aligned bounds of the mapped box; to_original() clips to the original image.
  Box to_original(const Box& box) const;
  Box to_network(const Box& box) const;
  // Original pixels that one network pixel covers.
  double area_scale() const;

  // Whether its axes are not those of the original.
  bool turned() const { return matrix_[1] != 0 || matrix_[3] != 0; }

  // Row-major 2×3: original = m · (x, y, 1).
  const std::array<double, 6>& matrix() const { return matrix_; }
  static Geometry from_matrix(const std::array<double, 6>& matrix, int width, int height,
                              int original_width, int original_height);

 private:
  std::array<double, 6> matrix_{1, 0, 0, 0, 1, 0};
  int width_, height_;
  int original_width_, original_height_;
};

}  // namespace paucal::edge
