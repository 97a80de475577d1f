// PNG through libpng. Its errors longjmp, as in jpeg.cpp: functions with a setjmp hold plain C
// values only.
#include <png.h>

#include <algorithm>
#include <bit>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <optional>
#include <string_view>

#include "base/error.h"
#include "edge/pre/formats.h"
#include "edge/pre/samples.h"

namespace paucal::edge::formats {
namespace {

// Whether the file ends where its last chunk should stand: all before it is whole.
bool lacks_end(Data data) {
  uint64_t at = 8;
  while (at + 12 <= data.size()) {
    if (std::memcmp(&data[at + 4], "IEND", 4) == 0) return false;
    at += 12 + uint64_t{png_get_uint_32(&data[at])};
  }
  return at <= data.size();
}

class PngReader {
 public:
  explicit PngReader(Data data) : data_(data) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
  }
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;

  bool read_header() {
    if (png_ == nullptr || info_ == nullptr) return false;
    if (setjmp(png_jmpbuf(png_))) return false;
    png_set_read_fn(png_, this, on_read);
    // Of a chunk that says nothing about the pixels a wrong checksum is a flaw: see on_warning().
    png_set_crc_action(png_, PNG_CRC_ERROR_QUIT, PNG_CRC_WARN_DISCARD);
    // What says nothing about the pixels is passed over: compressed texts may unpack to megabytes,
    // and libpng takes what a chunk claims, up to 2 GB, before it reads a byte of it.
    static const png_byte kSkipped[] =
        "bKGD\0cHRM\0eXIf\0gAMA\0hIST\0iCCP\0iTXt\0oFFs\0"
        "pCAL\0pHYs\0sCAL\0sPLT\0sRGB\0tEXt\0tIME\0zTXt";
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, kSkipped, sizeof kSkipped / 5);
    png_read_info(png_, info_);
    return true;
  }

  // Afterwards rows hold grey, grey + alpha, RGB or RGBA of 8 bits, or of 16 where `keep_16`.
  bool start(bool keep_16) {
    if (setjmp(png_jmpbuf(png_))) return false;
    png_set_expand(png_);  // palette → RGB, 1/2/4 → 8 bits, tRNS → alpha
    if (keep_16 && std::endian::native == std::endian::little) png_set_swap(png_);
    if (!keep_16) png_set_scale_16(png_);
    passes_ = png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return true;
  }

  bool read_rows(uint8_t* pixels, size_t stride) {
    if (setjmp(png_jmpbuf(png_))) return false;
    const png_uint_32 height = png_get_image_height(png_, info_);
    for (int pass = 0; pass < passes_; ++pass)
      for (png_uint_32 y = 0; y < height; ++y) png_read_row(png_, pixels + y * stride, nullptr);
    if (lacks_end(data_)) {
      note("no end chunk");
      return true;
    }
    png_read_end(png_, nullptr);
    return true;
  }

  int width() const { return static_cast<int>(png_get_image_width(png_, info_)); }
  int height() const { return static_cast<int>(png_get_image_height(png_, info_)); }
  int bits() const { return png_get_bit_depth(png_, info_); }
  int channels() const { return png_get_channels(png_, info_); }
  int colour_type() const { return png_get_color_type(png_, info_); }

  // The most bits that sBIT states for a grey or colour sample; the bit depth where there is none.
  int significant_bits() const {
    png_color_8p sbit = nullptr;
    if (png_get_sBIT(png_, info_, &sbit) == 0) return bits();
    if ((colour_type() & PNG_COLOR_MASK_COLOR) == 0) return sbit->gray;
    return std::max({sbit->red, sbit->green, sbit->blue});
  }

  // Deflate packs at most 1032 bytes into one: what the header promises beyond that is no picture,
  // and memory for it would be taken in vain.
  std::optional<Failure> check_promise() const {
    const uint64_t promised =
        uint64_t{png_get_rowbytes(png_, info_)} * png_get_image_height(png_, info_);
    if (promised / 1032 <= data_.size()) return std::nullopt;
    return failure("decode", "damaged PNG: {} bytes, expected at least {} for {}×{} pixels",
                   data_.size(), promised / 1032, width(), height());
  }

  const char* flaw() const { return flaw_; }  // "" where there is none

  Failure damage() const {
    return failure("decode", "damaged PNG of {} bytes: {}", data_.size(), message_);
  }

 private:
  [[noreturn]] static void on_error(png_structp png, png_const_charp message) {
    auto* self = static_cast<PngReader*>(png_get_error_ptr(png));
    std::snprintf(self->message_, sizeof self->message_, "%s", message);
    png_longjmp(png, 1);
  }
  // Transparency and the meaning of the samples would be lost with their chunks.
  static void on_warning(png_structp png, png_const_charp message) {
    const std::string_view text = message;
    if (!text.ends_with("CRC error")) return;
    if (text.starts_with("tRNS") || text.starts_with("sBIT")) png_error(png, message);
    static_cast<PngReader*>(png_get_error_ptr(png))->note(message);
  }
  static void on_read(png_structp png, png_bytep out, size_t size) {
    auto* self = static_cast<PngReader*>(png_get_io_ptr(png));
    if (size > self->data_.size() - self->position_) png_error(png, "unexpected end of file");
    std::memcpy(out, self->data_.data() + self->position_, size);
    self->position_ += size;
  }

  void note(const char* flaw) { std::snprintf(flaw_, sizeof flaw_, "%s", flaw); }

  Data data_;
  size_t position_ = 0;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  int passes_ = 1;
  char message_[200] = "out of memory";
  char flaw_[200] = "";
};

// Walks the chunks before the pixels: size, name, that many bytes, checksum.
int orientation_of(Data data) {
  uint64_t at = 8;
  while (at + 12 <= data.size() && std::memcmp(&data[at + 4], "IDAT", 4) != 0) {
    const uint64_t size = png_get_uint_32(&data[at]);
    if (size > data.size() - at - 12) return 1;
    if (std::memcmp(&data[at + 4], "eXIf", 4) == 0)
      return exif_orientation(data.subspan(at + 8, size));
    at += 12 + size;
  }
  return 1;
}

// The largest sample value: 65535, or 2^bits - 1 where samples are right-aligned in their 16 bits.
// A file that follows the specification is scaled up to 16 bits, so that a sample below 2^bits
// has nothing in its low 16 - bits bits but a rounding 1; then the picture is merely dark.
unsigned full_scale(const std::vector<uint16_t>& samples, int channels, int bits) {
  const unsigned low_mask = (1u << (16 - bits)) - 1;
  const bool has_alpha = channels % 2 == 0;
  bool low_bits_used = false;
  for (size_t i = 0; i < samples.size(); ++i) {
    if (has_alpha && (i + 1) % channels == 0) continue;
    if (samples[i] >> bits) return 65535;
    low_bits_used |= (samples[i] & low_mask) > 1;
  }
  return low_bits_used ? (1u << bits) - 1 : 65535;
}

Result<Image> decode_deep(PngReader& reader, const Request& request, int significant_bits,
                          DecodeNotes& notes) {
  Samples samples{reader.width(), reader.height(), reader.channels()};
  samples.values.resize(samples.count());
  if (!reader.read_rows(reinterpret_cast<uint8_t*>(samples.values.data()), 2 * samples.stride()))
    return reader.damage();
  if (significant_bits < 16 && request.bits == 0)
    samples.white = full_scale(samples.values, samples.channels, significant_bits);
  return to_image(samples, request, notes);
}

Result<Image> decode_pixels(PngReader& reader, const Request& request, DecodeNotes& notes) {
  const int stated = reader.significant_bits(), significant = stated >= 8 ? stated : 16;
  const bool keep_16 = reader.bits() == 16 && (request.depth == 16 || request.bits > 0 ||
                                               significant < 16 || request.measure);
  if (!reader.start(keep_16)) return reader.damage();
  if (keep_16) return decode_deep(reader, request, significant, notes);
  const int channels = reader.channels();
  const size_t stride = static_cast<size_t>(reader.width()) * static_cast<size_t>(channels);
  Image image(reader.width(), reader.height(), channels <= 2 ? 1 : 3);
  if (channels % 2 != 0) {
    if (!reader.read_rows(image.pixels.data(), stride)) return reader.damage();
    return image;
  }
  std::vector<uint8_t> with_alpha(stride * static_cast<size_t>(image.height));
  if (!reader.read_rows(with_alpha.data(), stride)) return reader.damage();
  lay_over_white(with_alpha, channels, image);
  return image;
}

}  // namespace

bool is_png(Data data) {
  return has_at(data, 0, "\x89PNG\r\n\x1A\n");
}

Result<ImageInfo> probe_png(Data data, int) {
  PngReader reader(data);
  if (!reader.read_header()) return reader.damage();
  ImageInfo result;
  result.width = reader.width();
  result.height = reader.height();
  result.channels = (reader.colour_type() & PNG_COLOR_MASK_COLOR) != 0 ? 3 : 1;
  result.bits = reader.bits();
  result.format = "PNG";
  result.orientation = orientation_of(data);
  result.alpha = (reader.colour_type() & PNG_COLOR_MASK_ALPHA) != 0;
  return result;
}

Result<Image> decode_png(Data data, const Request& request, DecodeNotes& notes) {
  PngReader reader(data);
  if (!reader.read_header()) return reader.damage();
  if (auto wrong = reader.check_promise()) return *wrong;
  Result<Image> image = decode_pixels(reader, request, notes);
  if (image.ok()) notes.flaw = reader.flaw();
  return image;
}

}  // namespace paucal::edge::formats
