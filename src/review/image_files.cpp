#include "review/image_files.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <cstring>

#include "base/error.h"
#include "base/file_access.h"
#include "base/text.h"
#include "edge/image/crop.h"
#include "edge/pre/decode.h"
#include "edge/pre/encode.h"
#include "edge/pre/resize.h"

namespace paucal::review {
namespace {

constexpr int kThumbLevelSide = 2;  // a level is shrunk at most by this much more

int open_beneath(int root, const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  return static_cast<int>(::syscall(SYS_openat2, root, path.c_str(), &how, sizeof how));
}

// "a.tif#2" → "a.tif", 2.
std::pair<std::string, int> file_and_page(const std::string& path) {
  const auto hash = path.rfind('#');
  int page = 0;
  if (hash == path.npos || hash + 1 == path.size()) return {path, 1};
  const char* end = path.data() + path.size();
  const auto [at, error] = std::from_chars(path.data() + hash + 1, end, page);
  if (error != std::errc() || at != end || page < 1) return {path, 1};
  return {path.substr(0, hash), page};
}

Failure failure_of(const ImagePlace& place) {
  return failure("image", "'{}': {}", printable(place.path), std::strerror(errno));
}

}  // namespace

int page_of(const ImagePlace& place) {
  return file_and_page(place.path).second;
}

Result<Bytes> read_beneath(const ImagePlace& place, uint64_t limit) {
  const Descriptor root(::open(place.root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC));
  if (!root.ok()) return failure_of(place);
  int opened = open_beneath(root.get(), place.path);
  if (opened < 0 && errno == ENOENT)
    opened = open_beneath(root.get(), file_and_page(place.path).first);
  const Descriptor file(opened);
  if (!file.ok()) return failure_of(place);
  struct stat about {};
  if (::fstat(file.get(), &about) != 0) return failure_of(place);
  if (!S_ISREG(about.st_mode))
    return failure("image", "'{}': no regular file", printable(place.path));
  const auto size = static_cast<uint64_t>(about.st_size);
  if (size > limit)
    return failure("image", "'{}': {} bytes, expected at most {}", printable(place.path), size,
                   limit);
  Bytes bytes(size);
  size_t have = 0;
  while (have < bytes.size()) {
    const ssize_t more = ::read(file.get(), bytes.data() + have, bytes.size() - have);
    if (more < 0) return failure_of(place);
    if (more == 0) break;
    have += static_cast<size_t>(more);
  }
  bytes.resize(have);
  return bytes;
}

size_t Pyramid::bytes() {
  const std::lock_guard lock(mutex_);
  size_t sum = 0;
  for (const edge::Image& image : levels_) sum += image.pixels.size();
  return sum;
}

int Pyramid::last_level() const {
  int level = 0;
  for (int side = std::max(width(), height()); side > kTileSide; side = (side + 1) / 2) ++level;
  return level;
}

// `mutex_` is held.
const edge::Image& Pyramid::level(int number) {
  while (levels_.size() <= static_cast<size_t>(number)) {
    const edge::Image& larger = levels_.back();
    levels_.push_back(edge::resize(larger, (larger.width + 1) / 2, (larger.height + 1) / 2));
  }
  return *std::next(levels_.begin(), number);
}

Result<Bytes> Pyramid::tile(int number, int x, int y) {
  if (number < 0 || number > last_level() || x < 0 || y < 0)
    return failure("tile", "level {} at {}, {}: no such tile", number, x, y);
  edge::Image part;
  {
    const std::lock_guard lock(mutex_);
    const edge::Image& image = level(number);
    if (x > (image.width - 1) / kTileSide || y > (image.height - 1) / kTileSide)
      return failure("tile", "level {} at {}, {}: no such tile", number, x, y);
    const int left = x * kTileSide, top = y * kTileSide;
    part = edge::cropped(image, left, top, std::min(kTileSide, image.width - left),
                         std::min(kTileSide, image.height - top));
  }
  return number == 0 ? edge::encode_png(part) : edge::encode_jpeg(part, 92);
}

Result<Bytes> Pyramid::thumb(int side) {
  edge::Image small;
  {
    const std::lock_guard lock(mutex_);
    int number = 0;
    while (number < last_level() &&
           (std::max(width(), height()) >> (number + 1)) >= side * kThumbLevelSide)
      ++number;
    const edge::Image& image = level(number);
    const double scale =
        std::min(1., static_cast<double>(side) / std::max(image.width, image.height));
    small = edge::resize(image, std::max(1, static_cast<int>(image.width * scale)),
                         std::max(1, static_cast<int>(image.height * scale)));
  }
  return edge::encode_jpeg(small, 85);
}

Result<std::shared_ptr<Pyramid>> Pyramids::get(const ImagePlace& place) {
  const std::string key = place.root + '\0' + place.path;
  {
    const std::lock_guard lock(mutex_);
    for (auto kept = kept_.begin(); kept != kept_.end(); ++kept) {
      if (kept->key != key) continue;
      kept_.splice(kept_.begin(), kept_, kept);
      return kept_.front().pyramid;
    }
  }
  const Result<Bytes> bytes = read_beneath(place);
  if (!bytes.ok()) return bytes.failure();
  edge::DecodeOptions options;
  options.channels = 0;
  options.page = page_of(place);
  Result<edge::Image> image = edge::decode_image(*bytes, options);
  if (!image.ok())
    return failure("decode", "'{}': {}", printable(place.path), image.failure().message);
  auto pyramid = std::make_shared<Pyramid>(std::move(*image));
  const std::lock_guard lock(mutex_);
  kept_.push_front({key, pyramid});
  size_t sum = 0;
  for (auto kept = kept_.begin(); kept != kept_.end();) {
    sum += kept->pyramid->bytes();
    kept = sum > max_bytes_ && kept != kept_.begin() ? kept_.erase(kept) : std::next(kept);
  }
  return pyramid;
}

}  // namespace paucal::review
