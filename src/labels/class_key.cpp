#include "labels/class_key.h"

#include <unicode/normalizer2.h>
#include <unicode/unistr.h>

#include <algorithm>

#include "base/text.h"
#include "labels/class_name.h"

namespace paucal::labels {

std::string class_key(std::string_view name) {
  const std::string trimmed = class_name(name);
  if (!is_utf8(trimmed)) return trimmed;
  UErrorCode error = U_ZERO_ERROR;
  const icu::Normalizer2* nfc = icu::Normalizer2::getNFCInstance(error);
  icu::UnicodeString key = nfc->normalize(icu::UnicodeString::fromUTF8(trimmed), error);
  key.foldCase();
  std::string result;
  return nfc->normalize(key, error).toUTF8String(result);
}

int find_class(const std::vector<std::string>& classes, std::string_view name) {
  const auto found = std::ranges::find(classes, class_key(name), class_key);
  return found == classes.end() ? -1 : static_cast<int>(found - classes.begin());
}

bool means_ok(std::string_view name) {
  const std::string key = class_key(name);
  return key == "ok" || key == "good" || key == "normal";
}

}  // namespace paucal::labels
