#include "data/augment/turned.h"

#include "data/augment/affine_deep.h"

namespace paucal::data {

edge::Fitted turned(const edge::Fitted& fitted, double degrees) {
  const int width = fitted.image.width, height = fitted.image.height;
  const Affine matrix = rotation(degrees, width / 2., height / 2.);
  edge::Fitted result{.image = {},
                      .geometry = fitted.geometry.warped(matrix, width, height),
                      .of_whole = fitted.of_whole};
  if (fitted.image.is_deep())
    result.image = deep_image_of(warp_deep(deep_matrix(fitted.image), matrix));
  else
    warp(fitted.image, matrix, width, height,
         {.sampling = Sampling::kBilinear, .border = Border::kMirror}, result.image);
  return result;
}

}  // namespace paucal::data
