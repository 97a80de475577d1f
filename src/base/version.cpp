#include "base/version.h"

namespace paucal {

const char* version() {
  return "0.1.0";
}

}  // namespace paucal
