// DICOM: grey and colour pictures of up to 16 bits, one or many frames, plain or compressed with
// RLE or JPEG. Grey values are shown through the file's own window. All other forms are named.
#include <algorithm>
#include <cmath>

#include "base/error.h"
#include "edge/pre/bytes.h"
#include "edge/pre/dicom_frames.h"
#include "edge/pre/samples.h"

namespace paucal::edge::formats {
namespace {

using Colours = DicomLayout::Colours;

// A file without the preamble begins with an element of the file's or the image's identity.
bool begins_with_element(Data data) {
  const uint32_t group = u16_at(data, 0), element = u16_at(data, 2);
  const bool known = (group == 2 && element <= 0x10) || (group == 8 && element <= 0x18);
  if (!known || data.size() < 16) return false;
  const bool typed =
      std::ranges::all_of(data.subspan(4, 2), [](uint8_t c) { return c >= 'A' && c <= 'Z'; });
  return typed || (group == 8 && u32_at(data, 4) <= 64);
}

// Raw samples, interleaved, of `allocated` bits.
std::vector<uint16_t> raw_samples(const DicomLayout& layout, const std::vector<uint8_t>& bytes) {
  const bool wide = layout.allocated == 16;
  const size_t high = layout.syntax.encoding.big_endian ? 0 : 1, turn = layout.swapped;
  std::vector<uint16_t> raw(bytes.size() / (wide ? 2 : 1));
  for (size_t i = 0; i < raw.size(); ++i)
    raw[i] = wide ? static_cast<uint16_t>(bytes[2 * i + high] << 8 | bytes[2 * i + 1 - high])
                  : bytes[std::min(i ^ turn, bytes.size() - 1)];
  return raw;
}

// Two pixels stand as Y Y Cb Cr.
std::vector<uint16_t> doubled(const std::vector<uint16_t>& halved) {
  std::vector<uint16_t> out;
  out.reserve(halved.size() / 2 * 3);
  for (size_t i = 0; i + 4 <= halved.size(); i += 4)
    for (const size_t luma : {i, i + 1})
      out.insert(out.end(), {halved[luma], halved[i + 2], halved[i + 3]});
  return out;
}

std::vector<uint16_t> interleaved(const std::vector<uint16_t>& planes) {
  const size_t pixels = planes.size() / 3;
  std::vector<uint16_t> out(pixels * 3);
  for (size_t i = 0; i < pixels; ++i)
    for (size_t c = 0; c < 3; ++c) out[3 * i + c] = planes[c * pixels + i];
  return out;
}

// ITU-R BT.601 over the full range, as JPEG has it.
void to_rgb(std::vector<uint16_t>& values, unsigned white) {
  const double middle = (white + 1) / 2;
  for (size_t i = 0; i + 3 <= values.size(); i += 3) {
    const double y = values[i], cb = values[i + 1] - middle, cr = values[i + 2] - middle;
    const double rgb[] = {y + 1.402 * cr, y - .344136 * cb - .714136 * cr, y + 1.772 * cb};
    for (size_t c = 0; c < 3; ++c)
      values[i + c] = static_cast<uint16_t>(std::lround(std::clamp<double>(rgb[c], 0, white)));
  }
}

Samples coloured(const DicomLayout& layout, std::vector<uint16_t> raw) {
  Samples samples{layout.width, layout.height, 3};
  samples.white = samples.alpha_white = layout.white();
  if (layout.colours == Colours::kYbr422) raw = doubled(raw);
  if (layout.planar && !layout.syntax.compressed && layout.colours != Colours::kYbr422)
    raw = interleaved(raw);
  for (uint16_t& value : raw)
    value = static_cast<uint16_t>(value >> layout.lowest_bit & layout.white());
  if (layout.colours != Colours::kRgb) to_rgb(raw, layout.white());
  samples.values = std::move(raw);
  return samples;
}

// What each stored value becomes, 0 to `white`. Without a window the whole range of values is
// shown, so that the values of all images mean the same.
std::vector<uint16_t> grey_table(const DicomLayout& layout, unsigned white) {
  const int count = 1 << layout.bits, half = count / 2;
  const bool turned = !layout.window && layout.slope < 0;
  std::vector<uint16_t> table(static_cast<size_t>(count));
  for (int code = 0; code < count; ++code) {
    const int value = layout.is_signed && code >= half ? code - count : code;
    unsigned shown = std::min(white, static_cast<unsigned>(layout.is_signed ? value + half : code));
    if (layout.window)
      shown = static_cast<unsigned>(
          std::lround(layout.window->of(layout.slope * value + layout.intercept) * white));
    if (layout.inverted != turned) shown = white - shown;
    table[static_cast<size_t>(code)] = static_cast<uint16_t>(shown);
  }
  return table;
}

// request.bits speaks of values as they are stored, hence not of those behind a window.
unsigned grey_white(const DicomLayout& layout, const Request& request) {
  if (layout.window) return layout.bits > 8 ? 65535 : 255;
  const bool hinted = request.bits > 0 && layout.bits > 8 && !layout.is_signed;
  return hinted ? (1u << request.bits) - 1 : layout.white();
}

Samples grey(const DicomLayout& layout, std::vector<uint16_t> raw, unsigned white) {
  Samples samples{layout.width, layout.height, 1};
  samples.white = white;
  const std::vector<uint16_t> table = grey_table(layout, white);
  for (uint16_t& value : raw) value = table[value >> layout.lowest_bit & layout.white()];
  samples.values = std::move(raw);
  return samples;
}

// The layout of a file none of whose frames is missing.
Result<DicomLayout> whole_layout(Data data, std::string& unsupported) {
  Result<DicomLayout> layout = dicom_layout_of(data, unsupported);
  if (!layout.ok()) return layout;
  const std::string missing = missing_frames(*layout);
  if (missing.empty()) return layout;
  return failure("decode", "damaged DICOM of {} bytes: {}", data.size(), missing);
}

}  // namespace

bool is_dicom(Data data) {
  return has_at(data, 128, "DICM") || begins_with_element(data);
}

Result<ImageInfo> probe_dicom(Data data, int) {
  std::string unsupported;
  const Result<DicomLayout> layout = whole_layout(data, unsupported);
  if (!layout.ok()) return layout.failure();
  ImageInfo result;
  result.width = layout->width;
  result.height = layout->height;
  result.channels = layout->samples;
  result.bits = std::max(8, layout->bits);
  result.format = "DICOM";
  result.pages = layout->frames;
  return result;
}

Result<Image> decode_dicom(Data data, const Request& request, DecodeNotes& notes) {
  std::string unsupported;
  Result<DicomLayout> layout = whole_layout(data, unsupported);
  if (!layout.ok()) return layout.failure();
  const Result<std::vector<uint8_t>> bytes = dicom_frame(*layout, request.page);
  if (!bytes.ok()) return bytes.failure();
  std::vector<uint16_t> raw = raw_samples(*layout, *bytes);
  const Samples samples = layout->samples == 3
                              ? coloured(*layout, std::move(raw))
                              : grey(*layout, std::move(raw), grey_white(*layout, request));
  DecodeNotes unread;
  if (layout->bits <= 8) return to_image(samples, {}, unread);
  const bool as_stored = !layout->window && !layout->inverted;
  return to_image(samples, {.depth = request.depth, .measure = request.measure && as_stored},
                  notes);
}

std::string unsupported_dicom(Data data, int) {
  std::string unsupported;
  (void)dicom_layout_of(data, unsupported);
  return unsupported;
}

}  // namespace paucal::edge::formats
