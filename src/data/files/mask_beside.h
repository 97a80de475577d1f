#pragma once
// Masks beside their images: X.png beside X.jpg, or beside another format that no mask has.

#include <functional>
#include <string>

namespace paucal::data {

// Whether there is a file of this path.
using HasFile = std::function<bool(const std::string& path)>;

// The JPEG, BMP, TIFF, DICOM or PNM image that a PNG beside it is the mask of: "NG/a.png" →
// "NG/a.jpg"; "" where there is none, or where `path` is no PNG.
std::string masked_image(const std::string& path, const HasFile& has);

// The mask of an image: "NG/a.jpg" → "NG/a.png"; "" where there is none.
std::string mask_beside(const std::string& path, const HasFile& has);

}  // namespace paucal::data
