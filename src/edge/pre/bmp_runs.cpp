#include "edge/pre/bmp_runs.h"

#include "base/error.h"

namespace paucal::edge::formats {
namespace {

enum Escape { kEndOfLine = 0, kEndOfPicture = 1, kJump = 2 };  // beyond: so many single pixels

class BmpRuns {
 public:
  BmpRuns(const BmpHeader& header, Data data)
      : header_(header),
        data_(data),
        indices_(static_cast<size_t>(header.width) * static_cast<size_t>(header.height)) {}

  // "" or what is wrong.
  std::string unpack() {
    while (!done_) {
      if (left() < 2) return y_ >= header_.height - 1 && x_ >= header_.width ? "" : "it ends early";
      const int count = data_[at_++], value = data_[at_++];
      const bool fits = count > 0 ? put_run(count, value) : escape(value);
      if (!fits) return fmt::format("a run at byte {} that leaves the picture", at_);
    }
    return "";
  }

  bool ended() const { return done_; }
  std::vector<uint8_t> take() { return std::move(indices_); }

 private:
  size_t left() const { return data_.size() - at_; }

  // A pixel; false beyond the row, which some writers fill up to a whole byte.
  bool put(int index) {
    if (y_ >= header_.height || x_ >= header_.width) return false;
    const int y = header_.height - 1 - y_;
    indices_[static_cast<size_t>(y) * static_cast<size_t>(header_.width) +
             static_cast<size_t>(x_++)] = static_cast<uint8_t>(index);
    return true;
  }

  bool put_run(int count, int value) {
    for (int i = 0; i < count; ++i)
      if (!put(nibble(value, i))) return i > 0 && x_ >= header_.width;
    return true;
  }

  // RLE4 packs two indices into a byte, the first one high.
  int nibble(int value, int i) const {
    if (header_.coding == BmpCoding::kRle8) return value;
    return i % 2 == 0 ? value >> 4 : value & 15;
  }

  bool escape(int code) {
    switch (code) {
      case kEndOfLine:
        x_ = 0;
        return ++y_ <= header_.height;
      case kEndOfPicture:
        return done_ = true;
      case kJump:
        if (left() < 2) return false;
        x_ += data_[at_++];
        y_ += data_[at_++];
        return x_ <= header_.width && y_ < header_.height;
      default:
        return put_single(code);
    }
  }

  bool put_single(int count) {
    const size_t bytes =
        static_cast<size_t>(header_.coding == BmpCoding::kRle8 ? count : (count + 1) / 2);
    if (left() < bytes) return false;
    for (int i = 0; i < count; ++i) {
      const int byte =
          data_[at_ + static_cast<size_t>(header_.coding == BmpCoding::kRle8 ? i : i / 2)];
      if (!put(nibble(byte, i)) && i == 0) return false;
    }
    at_ += std::min(bytes + bytes % 2, left());  // filled up to 16 bits
    return true;
  }

  const BmpHeader& header_;
  Data data_;
  size_t at_ = 0;
  int x_ = 0, y_ = 0;  // y from the bottom
  bool done_ = false;
  std::vector<uint8_t> indices_;
};

}  // namespace

Result<std::vector<uint8_t>> unpack_bmp_runs(const BmpHeader& header, Data data,
                                             DecodeNotes& notes) {
  BmpRuns runs(header, data);
  if (const std::string wrong = runs.unpack(); !wrong.empty())
    return failure("decode", "damaged BMP of run lengths: {}", wrong);
  if (!runs.ended()) notes.flaw = "no end mark";
  return runs.take();
}

}  // namespace paucal::edge::formats
