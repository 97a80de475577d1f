#include "pipeline/picture.h"

#include <algorithm>

#include "edge/pre/encode.h"
#include "edge/pre/resize.h"

namespace paucal::pipeline {

Picture page_picture(edge::Image image, std::string caption) {
  constexpr int kSide = 420;
  const int side = std::max(image.width, image.height);
  if (side > kSide)
    image = edge::resize(image, std::max(1, image.width * kSide / side),
                         std::max(1, image.height * kSide / side));
  return {edge::encode_jpeg(image, 85), "image/jpeg", std::move(caption)};
}

}  // namespace paucal::pipeline
