#include "data/feed/tight_box.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "base/median.h"

namespace paucal::data {
namespace {

constexpr int kAround = 8;   // pixels beyond the box that are looked at
constexpr int kBorder = 2;   // of them, too near to belong to the ring
constexpr int kWindow = 15;  // of the local median; an object is narrower, at least one way
constexpr int kGap = 2;      // pixels that do not part a group
constexpr double kDeviations = 3;
constexpr double kLeast = 0.3;  // grey levels: quantisation alone
constexpr size_t kEnoughRing = 30, kEnoughGroup = 4;

// Of the part of the image, with what a window reaches beyond it.
cv::Mat grey(const edge::Image& image, const cv::Rect& part) {
  cv::Mat plane(part.height, part.width, CV_8U);
  for (int y = 0; y < part.height; ++y)
    for (int x = 0; x < part.width; ++x) {
      int sum = 0;
      for (int c = 0; c < image.channels; ++c) sum += image.at(part.x + x, part.y + y, c);
      plane.at<uint8_t>(y, x) = static_cast<uint8_t>(sum / image.channels);
    }
  return plane;
}

}  // namespace

std::optional<edge::Box> tight_box(const edge::Image& image, const edge::Box& about) {
  const cv::Rect whole(0, 0, image.width, image.height);
  const cv::Rect box = cv::Rect(cv::Point(static_cast<int>(std::lround(about.x0)),
                                          static_cast<int>(std::lround(about.y0))),
                                cv::Point(static_cast<int>(std::lround(about.x1)),
                                          static_cast<int>(std::lround(about.y1)))) &
                       whole;
  if (box.empty()) return std::nullopt;
  const auto grown = [&](const cv::Rect& r, int by) {
    return cv::Rect(r.x - by, r.y - by, r.width + 2 * by, r.height + 2 * by) & whole;
  };
  const cv::Rect part = grown(box, kAround), seen = grown(part, kWindow);
  const cv::Mat picture = grey(image, seen);
  cv::Mat background, smooth, difference;
  cv::medianBlur(picture, background, kWindow);
  picture.convertTo(smooth, CV_32F);  // rounded, quiet surfaces would have no deviation at all
  cv::GaussianBlur(smooth, smooth, {}, 1);
  background.convertTo(background, CV_32F);
  cv::subtract(smooth, background, difference);
  difference = difference(part - seen.tl());

  const cv::Rect inner = grown(box, kBorder) - part.tl();
  std::vector<float> ring;
  for (int y = 0; y < part.height; ++y)
    for (int x = 0; x < part.width; ++x)
      if (!inner.contains({x, y})) ring.push_back(difference.at<float>(y, x));
  if (ring.size() < kEnoughRing) return std::nullopt;
  const float level = median(ring);
  for (float& value : ring) value = std::abs(value - level);
  const double limit = kDeviations * (kDeviationsOfMedian * median(ring) + kLeast);

  const cv::Mat differs = cv::abs(difference - level) > limit;
  cv::Mat groups, labels;
  cv::dilate(differs, groups, cv::Mat::ones(kGap + 1, kGap + 1, CV_8U));
  const int count = cv::connectedComponents(groups, labels, 8);
  std::vector<std::vector<cv::Point>> points(static_cast<size_t>(count));
  for (int y = 0; y < part.height; ++y)
    for (int x = 0; x < part.width; ++x)
      if (differs.at<uint8_t>(y, x))
        points[static_cast<size_t>(labels.at<int>(y, x))].emplace_back(x, y);
  const auto& largest = *std::ranges::max_element(points, {}, &std::vector<cv::Point>::size);
  if (largest.size() < kEnoughGroup) return std::nullopt;
  const cv::Rect tight = cv::boundingRect(largest) + part.tl();
  return edge::Box{static_cast<float>(tight.x), static_cast<float>(tight.y),
                   static_cast<float>(tight.x + tight.width),
                   static_cast<float>(tight.y + tight.height)};
}

}  // namespace paucal::data
