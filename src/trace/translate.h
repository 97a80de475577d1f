#pragma once

#include "trace/call.h"

namespace paucal::trace {

// Appends what node `index` of the recordings does to the graph. Throws Error where that can't be
// expressed.
void translate_node(Translation& translation, size_t index);

}  // namespace paucal::trace
