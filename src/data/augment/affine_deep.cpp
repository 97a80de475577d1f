#include "data/augment/affine_deep.h"

#include <opencv2/imgproc.hpp>

#include "edge/image/deep.h"

namespace paucal::data {

cv::Mat deep_matrix(const edge::Image& image) {
  const cv::Mat samples(image.height, image.width, CV_16UC(image.channels),
                        const_cast<uint16_t*>(image.deep.data()));
  cv::Mat matrix;
  samples.convertTo(matrix, CV_32F);
  return matrix;
}

edge::Image deep_image_of(const cv::Mat& matrix) {
  cv::Mat rounded;
  matrix.convertTo(rounded, CV_16U);
  const auto* samples = rounded.ptr<uint16_t>();
  return edge::deep_image(
      matrix.cols, matrix.rows, matrix.channels(),
      {samples, samples + rounded.total() * static_cast<size_t>(rounded.channels())});
}

cv::Mat warp_deep(const cv::Mat& in, const Affine& m) {
  // OpenCV's coordinates are those of pixel centres.
  const cv::Matx23d centres(m[0], m[1], m[2] + .5 * (m[0] + m[1] - 1),  //
                            m[3], m[4], m[5] + .5 * (m[3] + m[4] - 1));
  cv::Mat out;
  cv::warpAffine(in, out, centres, in.size(), cv::INTER_LINEAR | cv::WARP_INVERSE_MAP,
                 cv::BORDER_REFLECT_101);
  return out;
}

}  // namespace paucal::data
