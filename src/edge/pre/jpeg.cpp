// JPEG through libjpeg-turbo. The library reports errors by longjmp, which must not cross a C++
// object with a destructor: each function with a setjmp below holds plain C values only.
#include <csetjmp>
#include <cstdio>
#include <cstring>
// jpeglib.h needs size_t and FILE first.
#include <jpeglib.h>
// After jpeglib.h: the codes of its messages.
#include <jerror.h>

#include "base/error.h"
#include "edge/pre/formats.h"
#include "edge/pre/jpeg_frame.h"

namespace paucal::edge::formats {
namespace {

// Real progressive files have about ten scans; each costs a walk over the whole image, so a small
// file with thousands of empty scans could keep a processor busy for hours.
constexpr int kMaxScans = 100;

// Warnings after which libjpeg goes on with made-up pixels. The others are harmless: stray bytes
// before a marker, an odd JFIF version, a damaged colour profile.
bool is_damage(int code) {
  return code == JWRN_JPEG_EOF || code == JWRN_HIT_MARKER || code == JWRN_HUFF_BAD_CODE ||
         code == JWRN_ARITH_BAD_CODE || code == JWRN_MUST_RESYNC || code == JWRN_NOT_SEQUENTIAL ||
         code == JWRN_BOGUS_PROGRESSION;
}

class JpegReader {
 public:
  explicit JpegReader(Data data) : data_(data) {
    info_.err = jpeg_std_error(&errors_);
    errors_.error_exit = stop;
    errors_.emit_message = on_message;
    info_.client_data = this;
  }
  ~JpegReader() { jpeg_destroy_decompress(&info_); }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;

  bool read_header() {
    if (setjmp(jump_)) return false;
    jpeg_create_decompress(&info_);
    info_.client_data = this;
    progress_.progress_monitor = on_progress;
    info_.progress = &progress_;
    jpeg_save_markers(&info_, JPEG_APP0 + 1, 0xFFFF);
    jpeg_mem_src(&info_, data_.data(), data_.size());
    jpeg_read_header(&info_, TRUE);
    may_end_ = !info_.arith_code;
    return true;
  }

  bool start(J_COLOR_SPACE colour) {
    if (setjmp(jump_)) return false;
    info_.out_color_space = colour;
    jpeg_start_decompress(&info_);
    return true;
  }

  bool read_row(uint8_t* row) {
    if (setjmp(jump_)) return false;
    jpeg_read_scanlines(&info_, &row, 1);
    return true;
  }

  bool read_rows(uint8_t* pixels, size_t stride) {
    if (setjmp(jump_)) return false;
    while (info_.output_scanline < info_.output_height) {
      uint8_t* row = pixels + info_.output_scanline * stride;
      jpeg_read_scanlines(&info_, &row, 1);
    }
    return true;
  }

  // Reads up to the end marker. A file that lacks it was cut, yet all pixels may be there.
  bool finish() {
    const bool refined = fully_refined();
    if (setjmp(jump_)) return false;
    jpeg_finish_decompress(&info_);
    if (!ended_ || refined) return true;
    std::snprintf(message_, sizeof message_, "scans are missing at its end");
    return false;
  }

  // Whether the end came before the end marker.
  bool ended() const { return ended_; }

  const jpeg_decompress_struct& info() const { return info_; }

  int orientation() const {
    static constexpr char kExif[6] = {'E', 'x', 'i', 'f', 0, 0};
    for (auto* m = info_.marker_list; m != nullptr; m = m->next)
      if (m->data_length > sizeof kExif && std::memcmp(m->data, kExif, sizeof kExif) == 0)
        return exif_orientation(Data(m->data, m->data_length).subspan(sizeof kExif));
    return 1;
  }

  Failure damage() const {
    return failure("decode", "damaged JPEG of {} bytes: {}", data_.size(), message_);
  }

 private:
  static JpegReader& self(j_common_ptr info) {
    return *static_cast<JpegReader*>(info->client_data);
  }
  [[noreturn]] static void stop(j_common_ptr info) {
    info->err->format_message(info, self(info).message_);
    std::longjmp(self(info).jump_, 1);
  }
  static void on_message(j_common_ptr info, int level) {
    if (level >= 0 || !is_damage(info->err->msg_code)) return;
    // Whoever needs more bits than there are complains by another message. Arithmetic coding does
    // not: it takes zeros.
    if (info->err->msg_code != JWRN_JPEG_EOF || !self(info).may_end_) stop(info);
    self(info).ended_ = true;
  }

  // Whether what was read makes the whole picture: one scan, or the last bit of each coefficient.
  bool fully_refined() const {
    if (!info_.progressive_mode) return info_.comps_in_scan == info_.num_components;
    for (int c = 0; info_.coef_bits != nullptr && c < info_.num_components; ++c)
      for (int k = 0; k < DCTSIZE2; ++k)
        if (info_.coef_bits[c][k] != 0) return false;
    return info_.coef_bits != nullptr;
  }
  static void on_progress(j_common_ptr info) {
    if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number <= kMaxScans) return;
    std::snprintf(self(info).message_, JMSG_LENGTH_MAX, "more than %d scans", kMaxScans);
    std::longjmp(self(info).jump_, 1);
  }

  Data data_;
  jpeg_decompress_struct info_{};
  jpeg_error_mgr errors_{};
  jpeg_progress_mgr progress_{};
  std::jmp_buf jump_;
  bool may_end_ = false;  // the header is read, and what is cut off will be noticed
  bool ended_ = false;
  char message_[JMSG_LENGTH_MAX] = "";
};

bool is_cmyk(const jpeg_decompress_struct& info) {
  return info.jpeg_color_space == JCS_CMYK || info.jpeg_color_space == JCS_YCCK;
}

void cmyk_to_rgb(const uint8_t* cmyk, int width, bool inverted, uint8_t* rgb) {
  const unsigned flip = inverted ? 0 : 255;  // afterwards 255 is no ink
  for (int x = 0; x < width; ++x) {
    const unsigned k = cmyk[4 * x + 3] ^ flip;
    for (int c = 0; c < 3; ++c)
      rgb[3 * x + c] = static_cast<uint8_t>(((cmyk[4 * x + c] ^ flip) * k + 127) / 255);
  }
}

Result<Image> decode_cmyk(JpegReader& reader) {
  if (!reader.start(JCS_CMYK)) return reader.damage();
  const auto& info = reader.info();
  const int width = static_cast<int>(info.output_width);
  Image image(width, static_cast<int>(info.output_height), 3);
  std::vector<uint8_t> row(static_cast<size_t>(width) * 4);
  for (int y = 0; y < image.height; ++y) {
    if (!reader.read_row(row.data())) return reader.damage();
    cmyk_to_rgb(row.data(), width, info.saw_Adobe_marker, image.row(y));
  }
  if (!reader.finish()) return reader.damage();
  return image;
}

Result<Image> decode_pixels(JpegReader& reader, int channels) {
  const auto& info = reader.info();
  if (is_cmyk(info)) return decode_cmyk(reader);
  const bool grey = channels == 1 || (channels == 0 && info.num_components == 1);
  if (!reader.start(grey ? JCS_GRAYSCALE : JCS_RGB)) return reader.damage();
  Image image(static_cast<int>(info.output_width), static_cast<int>(info.output_height),
              grey ? 1 : 3);
  const size_t stride = static_cast<size_t>(image.width) * image.channels;
  if (!reader.read_rows(image.pixels.data(), stride)) return reader.damage();
  if (!reader.finish()) return reader.damage();
  return image;
}

}  // namespace

bool is_jpeg(Data data) {
  return has_at(data, 0, "\xFF\xD8\xFF");
}

Result<ImageInfo> probe_jpeg(Data data, int) {
  JpegReader reader(data);
  if (!reader.read_header()) return reader.damage();
  const auto& info = reader.info();
  if (info.num_components != 1 && info.num_components != 3 && !is_cmyk(info))
    return failure("decode", "JPEG of {} components, expected grey, colour or CMYK",
                   info.num_components);
  ImageInfo result;
  result.width = static_cast<int>(info.image_width);
  result.height = static_cast<int>(info.image_height);
  result.channels = info.num_components == 1 ? 1 : 3;
  result.bits = info.data_precision;
  result.format = "JPEG";
  result.orientation = reader.orientation();
  return result;
}

std::string unsupported_jpeg(Data data, int) {
  const JpegFrame frame = jpeg_frame(data);
  const int process = frame.kind & 3;  // baseline, extended, progressive, lossless; +8: arithmetic
  if (frame.kind < 0) return "";
  if (process == 3)
    return fmt::format("a lossless JPEG of {} bits a sample, expected a usual one: save it as PNG",
                       frame.bits);
  if (frame.kind & 4) return "a hierarchical JPEG, expected a usual one: save it as PNG";
  if (frame.bits > 8)
    return fmt::format(
        "a JPEG of {} bits a sample, expected 8: save it as 8-bit JPEG or 16-bit PNG", frame.bits);
  if (frame.components == 2 || frame.components > 4)
    return fmt::format("a JPEG of {} components, expected grey, colour or CMYK: save it as PNG",
                       frame.components);
  return "";
}

Result<Image> decode_jpeg(Data data, const Request& request, DecodeNotes& notes) {
  JpegReader reader(data);
  if (!reader.read_header()) return reader.damage();
  Result<Image> image = decode_pixels(reader, request.channels);
  if (image.ok() && reader.ended()) notes.flaw = "no end marker";
  return image;
}

}  // namespace paucal::edge::formats
