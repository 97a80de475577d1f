#pragma once
// Names of files are bytes, and texts that are stored (JSON, YAML, CSV, XML) are UTF-8. A name that
// is not UTF-8, such as one in GBK, is stored escaped and comes back byte for byte.
//
// A byte b that is part of no UTF-8 sequence becomes the private character U+EF00 + b, as MirBSD
// does it; those characters themselves are escaped, too, so that the escape can be undone. All
// other text stays as it is.

#include <string>
#include <string_view>

namespace paucal {

// The length of the UTF-8 sequence at `at`, 1 to 4; 0 where there is none.
size_t utf8_length(std::string_view text, size_t at);
bool is_utf8(std::string_view text);

// As much of the text as `bytes` hold, without half a character at the end.
std::string_view cut_text(std::string_view text, size_t bytes);

std::string escape_bytes(std::string_view bytes);   // always UTF-8
std::string unescape_bytes(std::string_view text);  // undoes it

// For people: a byte that is part of no UTF-8 sequence is shown as \xC1.
std::string printable(std::string_view bytes);

}  // namespace paucal
