#include "labels/class_name.h"

#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "base/files.h"
#include "base/text.h"

namespace paucal::labels {

std::string class_name(std::string_view text) {
  if (!is_utf8(text)) return std::string(trim(text));
  const auto name = icu::UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(text.size())});
  const auto is_blank = [&](int32_t at) {  // all white space is one code unit long
    const char16_t c = name.charAt(at);
    return u_isUWhiteSpace(c) || c == 0x200B || c == 0xFEFF;
  };
  int32_t begin = 0, end = name.length();
  while (begin < end && is_blank(begin)) ++begin;
  while (end > begin && is_blank(end - 1)) --end;
  std::string result;
  return name.tempSubStringBetween(begin, end).toUTF8String(result);
}

}  // namespace paucal::labels
