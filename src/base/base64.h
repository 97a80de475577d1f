#pragma once
// Bytes as text (RFC 4648): pictures inside pages, JSON and annotation files.

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/files.h"

namespace paucal {

std::string to_base64(std::span<const uint8_t> bytes);

// Nothing where the text holds another character, a line break included. Padding may be missing.
std::optional<Bytes> from_base64(std::string_view text);

}  // namespace paucal
