#include "labels/xml.h"

#include <algorithm>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace paucal::labels {
namespace {

bool is_ascii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80; });
}

// What <?xml … encoding="…"?> says, in lower case; "" where it says nothing.
std::string declared_encoding(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (!text.starts_with("<?xml")) return "";
  text = text.substr(0, text.find("?>"));
  const size_t key = text.find("encoding");
  if (key == text.npos) return "";
  text.remove_prefix(key);
  const size_t begin = text.find_first_of("\"'");
  if (begin == text.npos) return "";
  return lower(text.substr(begin + 1, text.find(text[begin], begin + 1) - begin - 1));
}

// pugixml decodes what a byte order mark tells, and Latin-1; any other byte it takes as it is.
std::optional<Failure> check_encoding(std::string_view text, std::string_view origin) {
  if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) return std::nullopt;
  const std::string name = declared_encoding(text);
  if (name == "iso-8859-1" || name == "latin1") return std::nullopt;
  if (!name.empty() && name != "utf-8" && name != "utf8" && name != "us-ascii" && !is_ascii(text))
    return failure("xml", "'{}': encoding '{}' is not read: save it as UTF-8", origin, name);
  if (!is_utf8(text))
    return failure("xml", "'{}': not text in UTF-8 (GBK?): save it as UTF-8", origin);
  return std::nullopt;
}

}  // namespace

int64_t line_of(std::string_view text, size_t offset) {
  const std::string_view before = text.substr(0, std::min(offset, text.size()));
  return 1 + std::ranges::count(before, '\n');
}

Result<pugi::xml_node> parse_xml(std::string_view text, std::string_view origin,
                                 pugi::xml_document& document) {
  if (auto wrong = check_encoding(text, origin)) return *wrong;
  const std::string bytes = unescape_bytes(text);  // names as they are on the disk
  const pugi::xml_parse_result parsed = document.load_buffer(bytes.data(), bytes.size());
  if (!parsed)
    return failure("xml", "'{}' line {}: {}", origin,
                   line_of(bytes, static_cast<size_t>(std::max<ptrdiff_t>(parsed.offset, 0))),
                   parsed.description());
  const auto elements = std::ranges::count_if(document.children(), [](const pugi::xml_node& node) {
    return node.type() == pugi::node_element;
  });
  if (elements != 1)
    return failure("xml", "'{}': {} root elements, expected one", origin, elements);
  return document.document_element();
}

}  // namespace paucal::labels
