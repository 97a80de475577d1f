#include "data/set/truth_mask.h"

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "base/error.h"
#include "edge/pre/decode.h"

namespace paucal::data {
namespace {

constexpr int kMaskShift = 8;  // polygons in 1/256 px

void fill(const std::vector<std::array<float, 2>>& ring, edge::Image& mask) {
  // A pixel is covered where its centre is: OpenCV puts centres at whole numbers, we at halves.
  std::vector<cv::Point> points;
  for (const auto& [x, y] : ring)
    points.emplace_back(static_cast<int>(std::lround((x - .5f) * (1 << kMaskShift))),
                        static_cast<int>(std::lround((y - .5f) * (1 << kMaskShift))));
  cv::Mat view(mask.height, mask.width, CV_8U, mask.pixels.data());
  cv::fillPoly(view, std::vector<std::vector<cv::Point>>{points}, 255, cv::LINE_8, kMaskShift);
}

}  // namespace

std::optional<edge::Image> truth_mask(const Dataset& dataset, const Record& record, int width,
                                      int height, int64_t max_pixels) {
  if (!record.has_truth) return std::nullopt;
  if (!record.mask_path.empty()) {
    edge::Image mask =
        value_or_throw(edge::read_image(dataset.root / record.mask_path, {1, max_pixels}));
    if (mask.width != width || mask.height != height) return std::nullopt;
    for (uint8_t& pixel : mask.pixels) pixel = pixel > 127 ? 255 : 0;
    return mask;
  }
  edge::Image mask(width, height, 1);
  for (const auto& instance : record.instances) {
    if (instance.polygons.empty()) return std::nullopt;
    for (const auto& ring : instance.polygons) fill(ring, mask);
  }
  return mask;
}

}  // namespace paucal::data
