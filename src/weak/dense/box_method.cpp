#include "weak/dense/box_method.h"

#include "base/error.h"

namespace paucal::weak {

#define BOX_METHOD(name) extern const BoxMethodInfo box_method_##name;
#include "weak/dense/box_methods.def"
#undef BOX_METHOD

const std::vector<const BoxMethodInfo*>& all_box_methods() {
#define BOX_METHOD(name) &box_method_##name,
  static const std::vector<const BoxMethodInfo*> table = {
#include "weak/dense/box_methods.def"
  };
#undef BOX_METHOD
  return table;
}

std::unique_ptr<BoxMethod> make_box_method(const BoxSetting& setting) {
  std::vector<std::string> known;
  for (const BoxMethodInfo* method : all_box_methods()) {
    if (method->name == setting.detector.bbox_head.type) return method->make(setting);
    known.emplace_back(method->name);
  }
  fail_unknown("weak", "model.bbox_head.type", setting.detector.bbox_head.type, known);
}

}  // namespace paucal::weak
