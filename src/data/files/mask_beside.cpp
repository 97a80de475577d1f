#include "data/files/mask_beside.h"

#include <algorithm>

#include "labels/path_matcher.h"

namespace paucal::data {
namespace {

constexpr const char* kMaskEndings[] = {".png", ".PNG"};
constexpr const char* kMaskedEndings[] = {".jpg",  ".jpeg", ".bmp", ".tif",  ".tiff", ".dcm",
                                          ".pgm",  ".ppm",  ".JPG", ".JPEG", ".BMP",  ".TIF",
                                          ".TIFF", ".DCM",  ".PGM", ".PPM"};

}  // namespace

std::string masked_image(const std::string& path, const HasFile& has) {
  if (std::ranges::none_of(kMaskEndings, [&](auto ending) { return path.ends_with(ending); }))
    return "";
  for (const char* ending : kMaskedEndings)
    if (std::string image = labels::without_extension(path) + ending; has(image)) return image;
  return "";
}

std::string mask_beside(const std::string& path, const HasFile& has) {
  for (const char* ending : kMaskEndings)
    if (std::string mask = labels::without_extension(path) + ending;
        has(mask) && masked_image(mask, has) == path)
      return mask;
  return "";
}

}  // namespace paucal::data
