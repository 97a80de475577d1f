#pragma once
// The values of an options struct, as JSON.

#include "base/options.h"

namespace paucal {

// Nested by groups. A copy, since options_of() refers to what it may also change.
template <class T>
Json options_json(T options) {
  return options_of(options).to_json();
}

}  // namespace paucal
