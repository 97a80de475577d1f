#include "labels/class_name.h"

#include "base/files.h"

namespace paucal::labels {

std::string class_name(std::string_view text) {
  constexpr std::string_view kBlanks[] = {"\u00A0", "\u2007", "\u200B",
                                          "\u202F", "\u3000", "\uFEFF"};
  for (size_t before = text.size() + 1; text.size() < before;) {
    before = text.size();
    text = trim(text);
    for (const std::string_view blank : kBlanks) {
      if (text.starts_with(blank)) text.remove_prefix(blank.size());
      if (text.ends_with(blank)) text.remove_suffix(blank.size());
    }
  }
  return std::string(text);
}

}  // namespace paucal::labels
