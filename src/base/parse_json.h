#pragma once
// JSON that strangers wrote, as a value or as a reason that says what to do.

#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace paucal {

// Copying, writing and destroying a value recurse, so its levels are bounded while it is read.
constexpr int kMaxJsonDepth = 100;

// The whole text, or why not, with line and column. `origin` names it in the message. Refused are
// more than kMaxJsonDepth levels, text in another encoding than UTF-8, and NaN and Infinity.
Result<Json> parse_json(std::string_view text, std::string_view origin);

}  // namespace paucal
