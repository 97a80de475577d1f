// libFuzzer target: any bytes as an annotation file; the first byte chooses COCO, VOC or labelme.
// Boxes are finite, and what was read from COCO is the same after writing and reading it again.
#include <cmath>

#include "base/error.h"
#include "base/json_text.h"
#include "labels/coco.h"
#include "labels/labelme.h"
#include "labels/voc.h"

using namespace paucal;
using namespace paucal::labels;

namespace {

void check(const Annotated& image) {
  for (const Instance& object : image.instances) {
    const edge::Box& b = object.box;
    if (!std::isfinite(b.x0 + b.y0 + b.x1 + b.y1) || b.x1 < b.x0 || b.y1 < b.y0) __builtin_trap();
    if (!(object.weight >= 0 && object.weight <= 1)) __builtin_trap();
  }
}

void check_coco(std::string_view text) {
  std::vector<Problem> problems, none;
  const auto images = parse_coco(text, "fuzz", problems);
  for (const Annotated& image : images) check(image);
  const auto again = parse_coco(dump_json(to_coco(images)), "fuzz", none);
  if (again.size() != images.size()) __builtin_trap();
  for (size_t i = 0; i < images.size(); ++i) {
    if (again[i].instances.size() != images[i].instances.size()) __builtin_trap();
    for (size_t k = 0; k < images[i].instances.size(); ++k)
      if (!(again[i].instances[k].box == images[i].instances[k].box)) __builtin_trap();
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  if (size == 0) return 0;
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  std::vector<std::string> faults;
  if (data[0] % 3 == 0) {
    try {
      check_coco(text);
    } catch (const Error&) {  // refused as a whole
    }
    return 0;
  }
  const auto image =
      data[0] % 3 == 1 ? parse_voc(text, "fuzz", faults) : parse_labelme(text, "fuzz", faults);
  if (image.ok()) check(*image);
  return 0;
}
