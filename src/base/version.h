#pragma once

namespace paucal {

// "0.1.0"
const char* version();

}  // namespace paucal
