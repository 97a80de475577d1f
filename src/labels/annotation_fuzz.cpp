// libFuzzer target: any bytes as an annotation file; the first byte chooses the format. Boxes are
// finite, outlines have corners, and what was read is the same after writing and reading it again,
// where the format holds all of it.
#include <cmath>

#include "base/error.h"
#include "labels/annotation_format.h"

using namespace paucal;
using namespace paucal::labels;

namespace {

void require(bool condition) {
  if (!condition) __builtin_trap();
}

void check(const Annotated& image) {
  for (const Instance& object : image.instances) {
    const edge::Box& b = object.box;
    require(std::isfinite(b.x0 + b.y0 + b.x1 + b.y1) && b.x1 >= b.x0 && b.y1 >= b.y0);
    require(object.weight >= 0 && object.weight <= 1);
    for (const auto& ring : object.polygons) {
      require(ring.size() >= 3);
      for (const auto& [x, y] : ring) require(std::isfinite(x + y));
    }
  }
}

void check_return(const AnnotationFormat& format, std::span<const Annotated> images) {
  std::vector<Problem> lost;
  for (const Annotated& image : images)
    if (format.name_losses) format.name_losses(image, lost);
  if (!lost.empty()) return;
  const auto again = format.read(format.write(images, "fuzz.png"), "fuzz", lost);
  require(again.size() == images.size());
  for (size_t i = 0; i < images.size(); ++i) {
    require(again[i].instances.size() == images[i].instances.size());
    for (size_t k = 0; k < images[i].instances.size(); ++k)
      require(again[i].instances[k].box == images[i].instances[k].box);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  const AnnotationFormat& format = annotation_formats()[data[0] % annotation_formats().size()];
  std::vector<Annotated> images;
  std::vector<Problem> problems;
  try {
    images = format.read(text, "fuzz", problems);
  } catch (const Error&) {  // refused as a whole
    return 0;
  }
  for (const Annotated& image : images) check(image);
  check_return(format, images);
  return 0;
}
