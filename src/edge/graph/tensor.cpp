#include "edge/graph/tensor.h"

namespace paucal::edge {
namespace {

struct TypeInfo {
  std::string_view name;
  size_t size;
};
constexpr std::array<TypeInfo, 5> kTypes = {
    {{"f32", 4}, {"u8", 1}, {"i8", 1}, {"i32", 4}, {"i64", 8}}};

}  // namespace

size_t size_of(Type type) {
  return kTypes[static_cast<size_t>(type)].size;
}
std::string_view name_of(Type type) {
  return kTypes[static_cast<size_t>(type)].name;
}

bool parse_type(std::string_view name, Type& type) {
  for (size_t i = 0; i < kTypes.size(); ++i) {
    if (kTypes[i].name != name) continue;
    type = static_cast<Type>(i);
    return true;
  }
  return false;
}

Shape::Shape(std::span<const int64_t> dims) : rank_(static_cast<int>(dims.size())) {
  for (size_t i = 0; i < dims.size() && i < kMaxRank; ++i) dims_[i] = dims[i];
}

Shape Shape::absent() {
  Shape shape;
  shape.rank_ = -1;
  return shape;
}

int64_t Shape::elements() const {
  if (is_absent()) return 0;
  int64_t product = 1;  // a zero bounds no other dimension: products of some of them must fit too
  bool empty = false;
  for (const int64_t dim : dims()) {
    if (dim < 0) return -1;
    empty |= dim == 0;
    if (dim == 0) continue;
    if (product > kMaxElements / dim) return -1;
    product *= dim;
  }
  return empty ? 0 : product;
}

std::string Shape::text() const {
  if (is_absent()) return "absent";
  std::string result = "[";
  for (const int64_t dim : dims()) {
    if (result.size() > 1) result += ", ";
    result += dim == kFree ? "?" : std::to_string(dim);
  }
  return result + "]";
}

}  // namespace paucal::edge
