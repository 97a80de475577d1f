#pragma once
// Pascal VOC: one XML file an image (Everingham et al., 2010).

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "labels/annotation.h"
#include "labels/annotation_format.h"

namespace paucal::labels {

// The image is the <filename>, or the name of the XML file where there is none. VOC counts pixels
// from 1 and includes the last: <xmin>1 … <xmax>200 becomes the half-open 0 … 200. A file
// without objects is a negative image. An object that cannot be used goes to `faults`, with its
// line, and leaves the image incomplete. Fails where the file as a whole cannot be used.
Result<Annotated> parse_voc(std::string_view text, const std::filesystem::path& origin,
                            std::vector<std::string>& faults);

// The file that parse_voc() reads back: boxes and scores to the last bit; VOC has neither polygons
// nor points (nothing is written of a point), and no box begins left of or above its image.
std::string to_voc(const Annotated& annotated);

AnnotationFormat voc_format();

}  // namespace paucal::labels
