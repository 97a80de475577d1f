#pragma once
// What lies beyond the border: the image mirrored, without repeating the outermost pixel
// (… 2 1 [0 1 2 … n−1] n−2 …), as numpy's and torchvision's "reflect".

#include <cstdint>

namespace paucal::data {

inline int64_t mirror(int64_t i, int64_t size) {
  if (i >= 0 && i < size) return i;
  if (size == 1) return 0;
  const int64_t period = 2 * (size - 1);
  i %= period;
  if (i < 0) i += period;
  return i < size ? i : period - i;
}

}  // namespace paucal::data
