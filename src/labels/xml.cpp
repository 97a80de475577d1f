#include "labels/xml.h"

#include <algorithm>

#include "base/error.h"
#include "base/text.h"

namespace paucal::labels {
int64_t line_of(std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  return 1 + std::ranges::count(before, '\n');
}

Result<pugi::xml_node> parse_xml(std::string_view text, std::string_view origin,
                                 pugi::xml_document& document) {
  const std::string bytes = unescape_bytes(text);  // names as they are on the disk
  const pugi::xml_parse_result parsed = document.load_buffer(bytes.data(), bytes.size());
  if (!parsed)
    return failure("xml", "'{}' line {}: {}", origin,
                   line_of(bytes, static_cast<size_t>(std::max<ptrdiff_t>(parsed.offset, 0))),
                   parsed.description());
  return document.document_element();
}

}  // namespace paucal::labels
