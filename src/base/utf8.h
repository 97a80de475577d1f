#pragma once
// Whether bytes are text in UTF-8.

#include <cstddef>
#include <string_view>

namespace paucal {

// Bytes of the valid sequence at `text[at]`, 0 if there is none: overlong forms, surrogates and
// numbers beyond U+10FFFF are none.
size_t utf8_sequence(std::string_view text, size_t at);

bool is_utf8(std::string_view text);

}  // namespace paucal
