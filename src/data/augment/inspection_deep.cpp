#include "data/augment/inspection_deep.h"

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "data/augment/affine_deep.h"
#include "data/augment/filter.h"
#include "edge/image/deep.h"

namespace paucal::data {
namespace {

std::span<float> values_of(cv::Mat& image) {
  return {image.ptr<float>(), image.total() * static_cast<size_t>(image.channels())};
}

// As cutout() draws and places it.
void hide_square(cv::Mat& image, int side, double value, Random& random) {
  const double centre_x = random.uniform(0, image.cols), centre_y = random.uniform(0, image.rows);
  if (side < 1) return;
  const cv::Rect square(static_cast<int>(std::max(0., centre_x - side / 2.)),
                        static_cast<int>(std::max(0., centre_y - side / 2.)), side, side);
  image(square & cv::Rect({}, image.size())).setTo(cv::Scalar::all(value));
}

}  // namespace

double DeepLight::operator()(double value) const {
  const double share = (value - black_) / range_;
  const double bent = share > 0 && share < 1 ? std::pow(share, gamma_) : share;
  const double middle = std::pow(.5, gamma_);
  return black_ + range_ * brightness_ * (middle + contrast_ * (bent - middle));
}

void augment_deep(const edge::Image& in, const Appearance& look, Random& random,
                  Augmented& result) {
  cv::Mat image = warp_deep(deep_matrix(in), result.warp);
  const DeepLight light(edge::image_moments(in), look.brightness, look.contrast, look.gamma);
  for (float& value : values_of(image))
    value = static_cast<float>(edge::kDeepWhite * light(value / edge::kDeepWhite));
  if (look.blur > 0) cv::GaussianBlur(image, image, {}, look.blur, 0, cv::BORDER_REFLECT_101);
  hide_square(image, static_cast<int>(look.cutout), edge::kDeepWhite * light.middle(), random);
  gaussian_noise(values_of(image), look.noise * edge::kDeepWhite * light.level(), random);

  result.image = deep_image_of(image);
  result.deep_light = light;
}

void change_deep_colour(edge::Image& image, double hue, double saturation) {
  cv::Mat colour = deep_matrix(image) / edge::kDeepWhite, grey;
  if (hue != 0) {
    cv::cvtColor(colour, colour, cv::COLOR_RGB2HSV);
    for (auto& pixel : cv::Mat_<cv::Vec3f>(colour))
      pixel[0] = static_cast<float>(std::fmod(pixel[0] + 360 * (1 + hue), 360));
    cv::cvtColor(colour, colour, cv::COLOR_HSV2RGB);
  }
  cv::cvtColor(colour, grey, cv::COLOR_RGB2GRAY);
  cv::cvtColor(grey, grey, cv::COLOR_GRAY2RGB);
  image = deep_image_of((grey + saturation * (colour - grey)) * edge::kDeepWhite);
}

}  // namespace paucal::data
