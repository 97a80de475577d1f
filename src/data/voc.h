#pragma once
// Pascal VOC: one XML file an image (Everingham et al., 2010).

#include <filesystem>
#include <string_view>

#include "base/result.h"
#include "data/record.h"

namespace paucal::data {

// The image is the <filename>, or the name of the XML file where there is none. VOC counts pixels
// from 1 and includes the last: <xmin>1 … <xmax>200 becomes the half-open 0 … 200. A file
// without objects is a negative image. Fails naming line or object.
Result<Annotated> parse_voc(std::string_view text, const std::filesystem::path& origin);
Result<Annotated> read_voc(const std::filesystem::path& path);

}  // namespace paucal::data
