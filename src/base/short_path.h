#pragma once

#include <string>
#include <string_view>

namespace paucal {

// A relative path (with '/') whose folders and file are named in at most 200 bytes each, so that
// endings and temporary names fit beside them (file systems take 255). What is too long is cut
// between two characters of UTF-8 and gets a hash, so that two names stay two; the ending stays.
std::string short_path(std::string_view path);

}  // namespace paucal
