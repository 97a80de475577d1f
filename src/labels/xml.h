#pragma once
// XML with errors that name the line.

#include <pugixml.hpp>
#include <string_view>

#include "base/result.h"

namespace paucal::labels {

// Parses into `document`; the value is its root element. pugixml neither expands entities of a
// document type nor opens other files, and its parser does not recurse: hostile files cost at most
// memory in proportion to their size. Text in UTF-8 or UTF-16 with a byte order mark, or in Latin-1
// where it says so; anything else is refused by name.
Result<pugi::xml_node> parse_xml(std::string_view text, std::string_view origin,
                                 pugi::xml_document& document);

// The line of a byte offset, from 1.
int64_t line_of(std::string_view text, size_t offset);

}  // namespace paucal::labels
