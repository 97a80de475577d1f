#pragma once
// Whole-file reading and writing. Writes are atomic: a reader sees the old file or the new one,
// never a half, also after a power cut.

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/json.h"
#include "base/result.h"

namespace paucal {

using Bytes = std::vector<uint8_t>;

// `limit`: a larger file is refused before it is read.
Result<Bytes> read_file(const std::filesystem::path& path, uint64_t limit = uint64_t{1} << 32);
std::string read_text(const std::filesystem::path& path);  // throws Error

// Hidden temporary file beside `path`, removed if it fails; fsync, rename, fsync of the folder;
// makes missing folders.
void write_file_atomic(const std::filesystem::path& path, std::span<const uint8_t> data);
void write_text_atomic(const std::filesystem::path& path, std::string_view text);

Json read_json(const std::filesystem::path& path);  // by parse_json(); throws Error
void write_json(const std::filesystem::path& path, const Json& json);

// What is no folder below `root`, as sorted relative paths with '/': files, and broken links or
// pipes, which read_file() refuses by name. Hidden entries and system folders are left out, links
// to folders are not followed (they may go round in circles). Unreadable folders are reported in
// `problems` (may be null).
std::vector<std::string> list_files(const std::filesystem::path& root,
                                    std::vector<std::string>* problems = nullptr);

// Lower case, ASCII only: file endings and class names.
std::string lower(std::string_view text);

// Without white space at either end.
std::string_view trim(std::string_view text);

// Endings of the images that are read; those of JPEG first.
inline constexpr std::string_view kImageEndings[] = {
    ".jpg", ".jpeg", ".jpe", ".jfif", ".jif", ".png",  ".webp", ".bmp",  ".dib",
    ".pbm", ".pgm",  ".ppm", ".pnm",  ".tif", ".tiff", ".dcm",  ".dicom"};
bool has_image_extension(std::string_view path);  // any case

// Folders that file servers and operating systems make: thumbnails, rubbish bins, resource forks.
bool is_system_folder(std::string_view name);

// Whether a listing leaves this entry out: it is hidden, or a system folder.
bool is_passed_over(std::string_view name);

// XXH3 128-bit, in hex: identity of content, not a defence against forgery.
class Hasher {
 public:
  Hasher();
  ~Hasher();
  Hasher(const Hasher&) = delete;
  Hasher& operator=(const Hasher&) = delete;
  Hasher& add(std::span<const uint8_t> data);
  Hasher& add(std::string_view text);  // length first, so that "ab","c" differs from "a","bc"
  std::string hex() const;

 private:
  void* state_;
};
std::string hash_file(const std::filesystem::path& path);  // throws Error

}  // namespace paucal
