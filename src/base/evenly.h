#pragma once
// A sample that covers the whole of a list.

#include <cstddef>
#include <vector>

namespace paucal {

// At most `count` of the items, evenly over them all, in their order.
template <class T>
std::vector<T> evenly(const std::vector<T>& items, size_t count) {
  if (items.size() <= count) return items;
  std::vector<T> kept;
  for (size_t i = 0; i < count; ++i) kept.push_back(items[i * items.size() / count]);
  return kept;
}

}  // namespace paucal
