#pragma once
// Which names of classes mean the same class.

#include <string>
#include <string_view>
#include <vector>

namespace paucal::labels {

// Equal for names that differ only by case, by white space at their ends (see class_name.h), or by
// how an accent is composed: "OK " and "ok", "É" in one code point or in two (Unicode NFC, full
// case folding). A name that is not UTF-8 is compared byte for byte.
std::string class_key(std::string_view name);

// The number of the class among `classes` that `name` means; -1 where it means none of them.
int find_class(const std::vector<std::string>& classes, std::string_view name);

// "ok", "good" or "normal" in any spelling: what OK images are mostly called.
bool means_ok(std::string_view name);

}  // namespace paucal::labels
