#pragma once
// The file of an image of the store, and its pixels in tiles. Paths are opened below their root
// alone: no "..", no link leads out of it (openat2, RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS).

#include <list>
#include <memory>
#include <mutex>
#include <string>

#include "base/files.h"
#include "base/result.h"
#include "edge/image/image.h"

namespace paucal::review {

struct ImagePlace {
  std::string root, path;  // "a.tif#2": page 2
};

int page_of(const ImagePlace& place);  // 1 where the path names none

// At most `limit` bytes.
Result<Bytes> read_beneath(const ImagePlace& place, uint64_t limit = uint64_t{1} << 30);

constexpr int kTileSide = 512;  // pixels

// An image at 1, 1/2, 1/4 … of its size, each made when it is first asked for. Thread-safe.
class Pyramid {
 public:
  explicit Pyramid(edge::Image image) { levels_.push_back(std::move(image)); }
  int width() const { return levels_.front().width; }
  int height() const { return levels_.front().height; }
  size_t bytes();
  // Down to the one that is a single tile.
  int last_level() const;
  // PNG at level 0, JPEG below it; a Failure where there is no such tile.
  Result<Bytes> tile(int level, int x, int y);
  // JPEG, its longer side at most `side` pixels.
  Result<Bytes> thumb(int side);

 private:
  const edge::Image& level(int number);
  std::mutex mutex_;
  std::list<edge::Image> levels_;
};

// The pyramids that were asked for last. Thread-safe.
class Pyramids {
 public:
  explicit Pyramids(size_t max_bytes) : max_bytes_(max_bytes) {}
  Result<std::shared_ptr<Pyramid>> get(const ImagePlace& place);

 private:
  struct Kept {
    std::string key;
    std::shared_ptr<Pyramid> pyramid;
  };
  size_t max_bytes_;
  std::mutex mutex_;
  std::list<Kept> kept_;  // the last used first
};

}  // namespace paucal::review
