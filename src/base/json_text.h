#pragma once
// JSON as text. Its strings and keys may be names of files or of classes, which are bytes: text
// holds them escaped (base/text.h), and they come back as they were.

#include <string>
#include <string_view>

#include "base/json.h"

namespace paucal {

// One line, or indented by `indent` spaces a level. Always UTF-8.
std::string dump_json(const Json& json, int indent = -1);

// What escapes names is undone. Throws Json::exception, or, where `may_throw` is false, gives a
// discarded value as Json::parse() does.
Json parse_json(std::string_view text, bool may_throw = true);

// The second half of parse_json(), for texts that are parsed in another way. Throws Error where
// escaped names are nested deeper than 200 levels.
Json unescape_names(Json json);

}  // namespace paucal
