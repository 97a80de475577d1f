#include "edge/pre/dicom_layout.h"

#include <algorithm>
#include <charconv>
#include <cmath>

#include "base/error.h"
#include "base/files.h"

namespace paucal::edge::formats {
namespace {

constexpr size_t kMagicAt = 128, kBehindMagic = 132;
constexpr int kMostFrames = 10'000;
constexpr int kMostText = 64;  // of a UID

// What the elements say, before it is judged. Numbers: -1 where there is none.
struct Header {
  std::string syntax, photometry, window_kind;
  int samples = 1, planar = 0, rows = -1, columns = -1;
  int allocated = -1, stored = -1, high_bit = -1, is_signed = 0;
  std::optional<double> frames, centre, width, slope, intercept;
  bool value_table = false, other_pixels = false;
  bool whole = false;  // nothing of the file was left, and no element cut
  DicomEncoding encoding;
  std::optional<DicomElement> pixels;
};

// Text that may go into a message: nothing but what UIDs and code strings are made of.
std::string code_of(Data value) {
  std::string text;
  for (const uint8_t c : value.first(std::min<size_t>(value.size(), kMostText))) {
    if (c == 0 || c == '\\') break;
    const bool fits = (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
    text += fits ? static_cast<char>(c) : ' ';
  }
  return std::string(trim(text));
}

// The first of some numbers as text.
std::optional<double> decimal_of(Data value) {
  std::string_view text(reinterpret_cast<const char*>(value.data()), value.size());
  text = trim(text.substr(0, std::min({text.find('\\'), text.find('\0'), text.size()})));
  if (text.starts_with('+')) text.remove_prefix(1);
  double number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size() || !std::isfinite(number))
    return std::nullopt;
  return number;
}

void take(const DicomElement& element, Header& header) {
  const Data value = element.value;
  const bool big = header.encoding.big_endian;
  const auto number = [&] { return value.size() < 2 ? -1 : value[big] | value[!big] << 8; };
  switch (element.tag) {
    case 0x00280002:
      header.samples = number();
      break;
    case 0x00280004:
      header.photometry = code_of(value);
      break;
    case 0x00280006:
      header.planar = number();
      break;
    case 0x00280008:
      header.frames = decimal_of(value);
      break;
    case 0x00280010:
      header.rows = number();
      break;
    case 0x00280011:
      header.columns = number();
      break;
    case 0x00280100:
      header.allocated = number();
      break;
    case 0x00280101:
      header.stored = number();
      break;
    case 0x00280102:
      header.high_bit = number();
      break;
    case 0x00280103:
      header.is_signed = number();
      break;
    case 0x00281050:
      header.centre = decimal_of(value);
      break;
    case 0x00281051:
      header.width = decimal_of(value);
      break;
    case 0x00281052:
      header.intercept = decimal_of(value);
      break;
    case 0x00281053:
      header.slope = decimal_of(value);
      break;
    case 0x00281056:
      header.window_kind = code_of(value);
      break;
    case 0x00283000:
      header.value_table = true;
      break;
    case 0x7FE00008:
    case 0x7FE00009:
      header.other_pixels = true;
      break;
    case kDicomPixels:
      header.pixels = element;
      break;
    default:
      break;
  }
}

// The elements of group 2 say how those behind them are encoded; theirs have types.
Header read_header(Data data, DicomSyntax& syntax) {
  Header header;
  DicomElements file_meta(data, has_at(data, kMagicAt, "DICM") ? kBehindMagic : 0, {});
  while (file_meta.peek() >> 16 == 2) {
    const auto element = file_meta.next();
    if (!element) return header;
    if (element->tag == 0x00020010) header.syntax = code_of(element->value);
  }
  if (header.syntax.empty())
    syntax.encoding = guess_dicom_encoding(data, file_meta.at());
  else
    syntax = dicom_syntax(header.syntax);
  if (!syntax.unread.empty()) return header;
  header.encoding = syntax.encoding;
  DicomElements elements(data, file_meta.at(), syntax.encoding);
  while (!header.pixels) {
    const auto element = elements.next();
    if (!element) break;
    take(*element, header);
    header.whole = elements.at() == data.size() &&
                   (element->delimited || element->value.size() == element->length);
  }
  return header;
}

std::string unread_pixels(const Header& header) {
  if (header.other_pixels) return "floating-point samples, expected whole numbers";
  if (header.value_table)
    return "values that go through a table (Modality LUT), expected slope and intercept";
  if (header.samples != 1 && header.samples != 3)
    return fmt::format("{} samples a pixel, expected 1 or 3", header.samples);
  if (header.allocated != 8 && header.allocated != 16)
    return fmt::format("samples that take {} bits, expected 8 or 16", header.allocated);
  if (header.samples == 3 && header.is_signed == 1) return "signed colours, expected unsigned ones";
  if (header.frames && *header.frames > kMostFrames)
    return fmt::format("{:.0f} frames, expected at most {}", *header.frames, kMostFrames);
  return "";
}

std::string unread_photometry(const Header& header, DicomLayout& layout) {
  using Colours = DicomLayout::Colours;
  const std::string& name = header.photometry;
  const bool grey = name == "MONOCHROME1" || name == "MONOCHROME2" || name.empty();
  if (grey == (header.samples == 1)) {
    layout.inverted = name == "MONOCHROME1";
    layout.colours = grey                 ? Colours::kGrey
                     : name == "RGB"      ? Colours::kRgb
                     : name == "YBR_FULL" ? Colours::kYbr
                                          : Colours::kYbr422;
    if (layout.colours != Colours::kYbr422) return "";
    // Two pixels share the colour of the first.
    const bool halved = layout.syntax.compressed || (layout.width % 2 == 0 && layout.bits == 8);
    if (name == "YBR_FULL_422" && halved) return "";
  }
  return fmt::format(
      "photometry '{}' with {} samples a pixel, expected MONOCHROME1, MONOCHROME2, "
      "RGB, YBR_FULL or YBR_FULL_422",
      name, header.samples);
}

std::optional<DicomWindow> window_of(const Header& header) {
  if (!header.centre || !header.width) return std::nullopt;
  DicomWindow window{DicomWindow::kLinear, *header.centre, *header.width};
  if (header.window_kind == "LINEAR_EXACT") window.kind = DicomWindow::kLinearExact;
  if (header.window_kind == "SIGMOID") window.kind = DicomWindow::kSigmoid;
  if (window.width < (window.kind == DicomWindow::kLinear ? 1 : 1e-6)) return std::nullopt;
  return window;
}

// What is missing or contradicts itself; "" where nothing does.
std::string damage_of(const Header& header) {
  if (!header.pixels) return "no pixels";
  if (header.rows < 1 || header.columns < 1)
    return fmt::format("{} columns and {} rows, expected some", header.columns, header.rows);
  if (header.stored < 1 || header.stored > header.allocated ||
      header.high_bit < header.stored - 1 || header.high_bit >= header.allocated)
    return fmt::format("{} bits up to bit {} of {}", header.stored, header.high_bit,
                       header.allocated);
  if (header.frames && *header.frames < 1)
    return fmt::format("{:.0f} frames, expected 1 or more", *header.frames);
  return "";
}

DicomLayout laid_out(const Header& header, DicomSyntax syntax) {
  DicomLayout layout;
  layout.width = header.columns;
  layout.height = header.rows;
  layout.frames = static_cast<int>(header.frames.value_or(1));
  layout.samples = header.samples;
  layout.bits = header.stored;
  layout.allocated = header.allocated;
  layout.lowest_bit = header.high_bit + 1 - header.stored;
  layout.is_signed = header.is_signed == 1;
  layout.planar = header.samples == 3 && header.planar == 1;
  if (header.slope.value_or(0) != 0) layout.slope = *header.slope;
  layout.intercept = header.intercept.value_or(0);
  layout.window = window_of(header);
  layout.syntax = std::move(syntax);
  layout.swapped = layout.syntax.encoding.big_endian && header.allocated == 8 &&
                   std::string_view(header.pixels->type, 2) == "OW";
  // Compressed pixels are delimited, others counted.
  if (header.pixels->delimited == layout.syntax.compressed) layout.pixels = header.pixels->value;
  return layout;
}

}  // namespace

double DicomWindow::of(double value) const {
  const double from_centre = value - centre;
  if (kind == kSigmoid) return 1 / (1 + std::exp(-4 * from_centre / width));
  if (kind == kLinearExact) return std::clamp(from_centre / width + .5, 0., 1.);
  // Half a level less, since the width counts levels: 1 is a threshold.
  if (width == 1) return from_centre > -.5 ? 1 : 0;
  return std::clamp((from_centre + .5) / (width - 1) + .5, 0., 1.);
}

size_t DicomLayout::frame_bytes() const {
  const size_t stored = colours == Colours::kYbr422 && !syntax.compressed ? 2 : samples;
  return pixel_count() * stored * static_cast<size_t>(allocated / 8);
}

Result<DicomLayout> dicom_layout_of(Data data, std::string& unsupported) {
  DicomSyntax syntax;
  const Header header = read_header(data, syntax);
  DicomLayout layout;
  std::string unread;
  if (!syntax.unread.empty()) {
    unsupported = fmt::format(
        "a DICOM of transfer syntax {} ({}), expected an uncompressed one, RLE or JPEG: save it as "
        "one of these or as 16-bit PNG",
        header.syntax, syntax.unread);
    return failure("decode", "{}", unsupported);
  }
  if (header.pixels || header.other_pixels)
    unread = unread_pixels(header);
  else if (header.whole && header.rows < 0)
    unread = "no picture (a report, a directory)";
  if (unread.empty()) {
    const std::string damage = damage_of(header);
    if (!damage.empty())
      return failure("decode", "damaged DICOM of {} bytes: {}", data.size(), damage);
    layout = laid_out(header, std::move(syntax));
    unread = unread_photometry(header, layout);
  }
  if (unread.empty()) return layout;
  unsupported = fmt::format("a DICOM of {}: save it as 16-bit PNG", unread);
  return failure("decode", "{}", unsupported);
}

}  // namespace paucal::edge::formats
