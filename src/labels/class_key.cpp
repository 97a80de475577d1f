#include "labels/class_key.h"

#include <unicode/normalizer2.h>
#include <unicode/uchar.h>
#include <unicode/unistr.h>

#include "base/files.h"
#include "base/text.h"

namespace paucal::labels {
namespace {

icu::UnicodeString trimmed(icu::UnicodeString text) {
  int32_t begin = 0, end = text.length();
  const auto is_space = [&](int32_t at) {  // all white space is one code unit long
    return u_isUWhiteSpace(text.charAt(at)) || text.charAt(at) == 0xFEFF;
  };
  while (begin < end && is_space(begin)) ++begin;
  while (end > begin && is_space(end - 1)) --end;
  return text.tempSubStringBetween(begin, end);
}

icu::UnicodeString of_utf8(std::string_view text) {
  return icu::UnicodeString::fromUTF8({text.data(), static_cast<int32_t>(text.size())});
}

std::string to_utf8(const icu::UnicodeString& text) {
  std::string result;
  return text.toUTF8String(result);
}

}  // namespace

std::string class_key(std::string_view name) {
  if (!is_utf8(name)) return std::string(trim(name));
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(error);
  icu::UnicodeString key = nfc->normalize(trimmed(of_utf8(name)), error);
  key.foldCase();
  return to_utf8(nfc->normalize(key, error));
}

std::string trimmed_class(std::string_view name) {
  return is_utf8(name) ? to_utf8(trimmed(of_utf8(name))) : std::string(trim(name));
}

bool means_ok(std::string_view class_name) {
  const std::string key = class_key(class_name);
  return key == "ok" || key == "good" || key == "normal";
}

}  // namespace paucal::labels
