#pragma once
// The folder of kept images. An image and the JSON beside it are there whole or not at all: the
// JSON first, then the image, so that who sees an image has both.

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.h"

namespace paucal::spool {

struct KeptImage {
  std::string name;   // kept_name()
  std::string bytes;  // of the file, as they came
  std::string line;   // JSON about it
};

// "ng-0123456789abcdef0123456789abcdef.jpg": the stratum, the hash of the bytes, and their format.
// Equal images have equal names, so that one that comes again is kept once.
std::string kept_name(std::string_view stratum, std::string_view hash, std::string_view image);

// One caller at a time.
class ImageStore {
 public:
  // `max_bytes`: of all files in the folder, also those of others.
  ImageStore(std::filesystem::path folder, std::uint64_t max_bytes)
      : folder_(std::move(folder)), max_bytes_(max_bytes) {}

  // Removes what an ended program left: temporary files, and JSON without its image.
  void clean();

  bool has(const std::string& name) const;

  // Whether there is room for so many bytes. The oldest OK images make it, and their names come
  // out in `removed`; no others do.
  bool make_room(std::uint64_t bytes, std::vector<std::string>& removed);

  // Written, on the disk (fsync), and renamed; nothing where all went well.
  std::optional<Failure> put(const KeptImage& image);

 private:
  struct Sample;
  std::vector<Sample> scan();

  std::filesystem::path folder_;
  std::uint64_t max_bytes_, used_bytes_ = 0;
};

}  // namespace paucal::spool
