#pragma once
// Which files are images, whatever their names say.

#include <cstdint>
#include <span>

namespace paucal::edge {

// Whether a file is an image by its first bytes (some hundred suffice): of a format that is read,
// or of another (GIF, HEIC, …), which decode_image() refuses by name.
bool is_image_file(std::span<const uint8_t> data);

}  // namespace paucal::edge
