#pragma once
// What kind of file lies there: from its first bytes, or with all its pixels.

#include <filesystem>
#include <string>

#include "base/files.h"
#include "edge/pre/decode.h"

namespace paucal::data {

struct FileProbe {
  std::string kind;  // of the problem that makes it unusable (see problem.h); "" where it is fine
  std::string message;
  edge::ImageInfo info;  // where kind is "" or "too-large"
  bool cmyk = false;
  bool renamed = false;  // content and file ending differ
};

// Reads at most the first 256 KiB where they hold the header, and all of a TIFF. Never opens what
// is no regular file.
FileProbe probe_file(const std::filesystem::path& path, int64_t max_pixels, int page = 1);

// The same from the bytes of the whole file.
FileProbe probe_bytes(const std::filesystem::path& path, std::span<const uint8_t> data,
                      int64_t max_pixels, int page = 1);

// All bytes of an image file; on failure `problem` says why.
Bytes read_image_bytes(const std::filesystem::path& path, FileProbe& problem);

}  // namespace paucal::data
