#pragma once
// JSON as text, written by us or by strangers. Its strings and keys may be names of files or of
// classes, which are bytes: text holds them escaped (base/text.h), and they come back as they were.

#include <string>
#include <string_view>

#include "base/json.h"
#include "base/result.h"

namespace paucal {

// Copying, writing and destroying a value recurse, so its levels are bounded while it is read.
constexpr int kMaxJsonDepth = 100;

// One line, or indented by `indent` spaces a level. Always UTF-8.
std::string dump_json(const Json& json, int indent = -1);

// The whole text, or why not, with line and column; escaped names are undone. `origin` names the
// text in the message. Refused are more than kMaxJsonDepth levels, text in another encoding than
// UTF-8, and NaN and Infinity.
Result<Json> parse_json(std::string_view text, std::string_view origin);

// Undoes escaped names in a value that was parsed in another way. Throws Error where it is nested
// deeper than kMaxJsonDepth levels.
Json unescape_names(Json json);

}  // namespace paucal
