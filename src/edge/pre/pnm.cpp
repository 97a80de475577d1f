// PBM, PGM and PPM, as text (P1 to P3) or bytes (P4 to P6). Source: pbm(5), pgm(5) and ppm(5) of
// Netpbm. Samples beyond 8 bits are big-endian.
#include <algorithm>
#include <optional>

#include "base/error.h"
#include "edge/pre/samples.h"

namespace paucal::edge::formats {
namespace {

constexpr unsigned kMostMaxval = 65535;

bool is_space(uint8_t byte) {
  return byte == ' ' || (byte >= '\t' && byte <= '\r');
}
bool is_digit(uint8_t byte) {
  return byte >= '0' && byte <= '9';
}

// Numbers between white space and comments.
class PnmText {
 public:
  PnmText(Data data, size_t at) : data_(data), at_(at) {}

  // None where there is no number, or one above `most`.
  std::optional<unsigned> number(unsigned most) {
    skip();
    if (at_ >= data_.size() || !is_digit(data_[at_])) return std::nullopt;
    uint64_t value = 0;
    for (; at_ < data_.size() && is_digit(data_[at_]); ++at_) {
      value = value * 10 + (data_[at_] - '0');
      if (value > most) return std::nullopt;
    }
    return static_cast<unsigned>(value);
  }

  // 0 or 1; digits of a bitmap may stand without space between them.
  std::optional<unsigned> bit() {
    skip();
    if (at_ >= data_.size() || (data_[at_] != '0' && data_[at_] != '1')) return std::nullopt;
    return data_[at_++] - '0';
  }

  size_t at() const { return at_; }

 private:
  void skip() {
    while (at_ < data_.size() && (is_space(data_[at_]) || data_[at_] == '#'))
      if (data_[at_] == '#')
        while (at_ < data_.size() && data_[at_] != '\n' && data_[at_] != '\r') ++at_;
      else
        ++at_;
  }

  Data data_;
  size_t at_;
};

struct PnmHeader {
  int kind = 0;  // 1 … 6
  int width = 0, height = 0, channels = 1;
  unsigned maxval = 1;
  size_t pixels_at = 0;

  bool is_text() const { return kind <= 3; }
  bool is_bitmap() const { return kind == 1 || kind == 4; }
  size_t samples() const {
    return static_cast<size_t>(width) * static_cast<size_t>(height) * static_cast<size_t>(channels);
  }
  // That the picture takes at least.
  size_t bytes() const {
    if (kind == 4) return (static_cast<size_t>(width) + 7) / 8 * static_cast<size_t>(height);
    if (kind == 1) return samples();
    if (is_text()) return 2 * samples() - 1;
    return samples() * (maxval > 255 ? 2 : 1);
  }
};

Failure bad_pnm(Data data, const std::string& what) {
  return failure("decode", "damaged PNM of {} bytes: {}", data.size(), what);
}

Result<PnmHeader> read_pnm_header(Data data) {
  PnmHeader header;
  header.kind = data[1] - '0';
  header.channels = header.kind % 3 == 0 ? 3 : 1;
  PnmText text(data, 2);
  const auto width = text.number(1 << 30), height = text.number(1 << 30);
  if (!width || !height || *width == 0 || *height == 0)
    return bad_pnm(data, "no size in its header");
  header.width = static_cast<int>(*width);
  header.height = static_cast<int>(*height);
  if (!header.is_bitmap()) {
    const auto maxval = text.number(kMostMaxval);
    if (!maxval || *maxval == 0)
      return bad_pnm(data, "no largest value in its header, expected 1 to 65535");
    header.maxval = *maxval;
  }
  header.pixels_at = text.at() + 1;  // one white space
  if (text.at() < data.size() && !is_space(data[text.at()]))
    return bad_pnm(data, "no white space behind its header");
  return header;
}

std::optional<std::string> read_text(const PnmHeader& header, Data data, Samples& samples) {
  PnmText text(data, header.pixels_at - 1);
  for (uint16_t& sample : samples.values) {
    const auto value = header.is_bitmap() ? text.bit() : text.number(header.maxval);
    if (!value) return fmt::format("no value of 0 to {} at byte {}", header.maxval, text.at());
    sample = static_cast<uint16_t>(header.is_bitmap() ? 1 - *value : *value);
  }
  return std::nullopt;
}

std::optional<std::string> read_bytes(const PnmHeader& header, Data data, Samples& samples) {
  const Data pixels = data.subspan(header.pixels_at);
  const size_t row_bytes = (static_cast<size_t>(header.width) + 7) / 8;
  const auto width = static_cast<size_t>(header.width);
  for (size_t i = 0; i < samples.values.size(); ++i) {
    unsigned value = 0;
    if (header.is_bitmap()) {
      const size_t y = i / width, x = i % width;
      value = 1 - (pixels[y * row_bytes + x / 8] >> (7 - x % 8) & 1u);
    } else {
      value = header.maxval > 255 ? pixels[2 * i] * 256u + pixels[2 * i + 1] : pixels[i];
    }
    if (value > header.maxval)
      return fmt::format("a value of {}, expected 0 to {}", value, header.maxval);
    samples.values[i] = static_cast<uint16_t>(value);
  }
  return std::nullopt;
}

}  // namespace

// P5, white space, a size or a comment: "P5 was good" is a text.
bool is_pnm(Data data) {
  if (data.size() < 3 || data[0] != 'P' || data[1] < '1' || data[1] > '6' || !is_space(data[2]))
    return false;
  const auto next = std::ranges::find_if_not(data.subspan(2), is_space);
  return next == data.end() || is_digit(*next) || *next == '#';
}

Result<ImageInfo> probe_pnm(Data data, int) {
  const auto header = read_pnm_header(data);
  if (!header.ok()) return header.failure();
  ImageInfo result;
  result.width = header->width;
  result.height = header->height;
  result.channels = header->channels;
  result.bits = header->maxval > 255 ? 16 : 8;
  result.format = "PNM";
  return result;
}

Result<Image> decode_pnm(Data data, const Request& request, DecodeNotes& notes) {
  const auto header = read_pnm_header(data);
  if (!header.ok()) return header.failure();
  if (header->pixels_at > data.size() || header->bytes() > data.size() - header->pixels_at)
    return bad_pnm(data, fmt::format("expected at least {} for {}×{} pixels of values up to {}",
                                     header->pixels_at + header->bytes(), header->width,
                                     header->height, header->maxval));
  Samples samples{header->width, header->height, header->channels, header->maxval, header->maxval};
  samples.values.resize(samples.count());
  const auto wrong =
      header->is_text() ? read_text(*header, data, samples) : read_bytes(*header, data, samples);
  if (wrong) return bad_pnm(data, *wrong);
  if (header->maxval > 255) return to_image(samples, request, notes);
  // What has 8 bits needs no notes, and input.bits is not about it.
  DecodeNotes unread;
  return to_image(samples, {}, unread);
}

}  // namespace paucal::edge::formats
