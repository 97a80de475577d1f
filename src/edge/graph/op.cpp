#include "edge/graph/op.h"

namespace paucal::edge {

#define OP(name) extern const OpInfo op_##name;
#include "edge/graph/ops.def"
#undef OP

std::span<const OpInfo* const> all_ops() {
  static const OpInfo* const table[] = {
#define OP(name) &op_##name,
#include "edge/graph/ops.def"
#undef OP
  };
  return table;
}

const OpInfo* find_op(std::string_view name) {
  for (const OpInfo* op : all_ops())
    if (op->name == name) return op;
  return nullptr;
}

}  // namespace paucal::edge
