#pragma once
// Which names of classes mean the same class.

#include <string>
#include <string_view>

namespace paucal::labels {

// Equal for names that differ only by case, by white space at their ends, or by how an accent is
// composed: "OK " and "ok", "É" in one code point or in two (Unicode NFC, full case folding). A
// name that is not UTF-8 is compared byte for byte.
std::string class_key(std::string_view name);

// Without white space at either end, ideographic spaces and no-break spaces included.
std::string trimmed_class(std::string_view name);

// "ok", "good" or "normal" in any spelling: what OK images are mostly called.
bool means_ok(std::string_view class_name);

}  // namespace paucal::labels
