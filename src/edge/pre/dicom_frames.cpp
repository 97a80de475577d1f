#include "edge/pre/dicom_frames.h"

#include "base/error.h"
#include "edge/pre/bytes.h"
#include "edge/pre/jpeg_frame.h"

namespace paucal::edge::formats {
namespace {

// Bytes of pixels that a byte of the file holds at most.
constexpr uint64_t kMostPacked = 4096;

// Items of compressed pixels. Source: PS3.5, A.4.
struct Fragments {
  Data offsets;  // of the first fragment of each frame; may be empty
  std::vector<Data> parts;
  bool ended = false;  // by the marker that must be there
};

Fragments fragments_of(Data pixels) {
  Fragments result;
  DicomElements items(pixels, 0, {.explicit_vr = false, .big_endian = false});
  for (bool first = true; const auto item = items.next(); first = false) {
    if (item->tag != kDicomItem) {
      result.ended = item->tag == kDicomSequenceEnd;
      break;
    }
    if (item->delimited || item->value.size() < item->length) break;
    if (first)
      result.offsets = item->value;
    else
      result.parts.push_back(item->value);
  }
  return result;
}

// Whether a frame begins with this fragment, where nothing but the fragments tells.
bool begins_jpeg(Data fragment) {
  return has_at(fragment, 0, "\xFF\xD8");
}

// Index of the first fragment of each frame; empty where that cannot be told.
std::vector<size_t> starts_of(const Fragments& fragments, const DicomLayout& layout) {
  const auto frames = static_cast<size_t>(layout.frames);
  std::vector<size_t> starts;
  if (frames == 1 && !fragments.parts.empty()) return {0};
  const bool one_each = fragments.parts.size() == frames;
  const bool listed = fragments.offsets.size() == 4 * frames;
  uint64_t offset = 0;  // with the headers of items
  for (size_t i = 0; i < fragments.parts.size(); ++i) {
    const size_t found = starts.size();
    if (one_each || (listed ? found < frames && offset == u32_at(fragments.offsets, 4 * found)
                            : layout.syntax.jpeg && begins_jpeg(fragments.parts[i])))
      starts.push_back(i);
    offset += 8 + fragments.parts[i].size();
  }
  if (starts.size() != frames || starts[0] != 0) starts.clear();
  return starts;
}

// Bytes that a segment of RLE holds: runs of literal and of equal bytes. Source: PS3.5, G.3.
uint64_t unpacked_bytes(Data segment) {
  uint64_t count = 0;
  for (size_t at = 0; at < segment.size();) {
    const unsigned run = segment[at];
    const size_t taken = run < 128 ? run + 2 : run > 128 ? 2 : 1;
    if (taken > segment.size() - at) break;
    count += run < 128 ? run + 1 : run > 128 ? 257 - run : 0;
    at += taken;
  }
  return count;
}

// DCMTK leaves black what segments do not fill: one for each byte of a pixel. Source: PS3.5, G.5.
std::string misfit_of_rle(Data rle, const DicomLayout& layout) {
  const auto expected = static_cast<uint32_t>(layout.samples * layout.allocated / 8);
  const uint32_t segments = u32_at(rle, 0);
  if (segments != expected)
    return fmt::format("{} segments of RLE, expected {}", segments, expected);
  for (uint32_t i = 0; i < segments; ++i) {
    const size_t begin = u32_at(rle, 4 * (i + 1));
    const size_t end = i + 1 < segments ? u32_at(rle, 4 * (i + 2)) : rle.size();
    const uint64_t count =
        begin <= end && end <= rle.size() ? unpacked_bytes(rle.subspan(begin, end - begin)) : 0;
    if (count < layout.pixel_count())
      return fmt::format("{} bytes in segment {} of RLE, expected {}", count, i + 1,
                         layout.pixel_count());
  }
  return "";
}

// A JPEG of another size would fill a part of the frame, one without end as well.
std::string misfit_of_jpeg(Data jpeg, const DicomLayout& layout) {
  const JpegFrame frame = jpeg_frame(jpeg);
  if (frame.width != layout.width || frame.height != layout.height ||
      frame.components != layout.samples || (frame.bits > 8) != (layout.allocated == 16))
    return fmt::format("a JPEG of {}×{} pixels of {} × {} bits, expected {}×{} of {} × {}",
                       frame.width, frame.height, frame.components, frame.bits, layout.width,
                       layout.height, layout.samples, layout.allocated);
  size_t end = jpeg.size();
  while (end > 2 && jpeg[end - 1] == 0) --end;
  return has_at(jpeg, end - 2, "\xFF\xD9") ? "" : "a JPEG without end";
}

}  // namespace

std::string missing_frames(const DicomLayout& layout) {
  const uint64_t frame = layout.frame_bytes();
  const uint64_t needed = frame * static_cast<uint64_t>(layout.frames);
  const auto short_of = [&](uint64_t least) {
    return fmt::format("{} bytes of pixels, expected {} for {} frames of {}×{} pixels of {} bits",
                       layout.pixels.size(), least, layout.frames, layout.width, layout.height,
                       layout.allocated * layout.samples);
  };
  if (!layout.syntax.compressed) return layout.pixels.size() < needed ? short_of(needed) : "";
  if (layout.pixels.size() < needed / kMostPacked) return short_of(needed / kMostPacked);
  const Fragments fragments = fragments_of(layout.pixels);
  if (!fragments.ended) return "its compressed pixels have no end";
  if (starts_of(fragments, layout).empty())
    return fmt::format("{} compressed fragments, expected those of {} frames",
                       fragments.parts.size(), layout.frames);
  return "";
}

Result<std::vector<uint8_t>> dicom_frame(DicomLayout& layout, int frame) {
  const auto index = static_cast<size_t>(frame - 1);
  if (!layout.syntax.compressed) {
    const Data bytes = layout.pixels.subspan(index * layout.frame_bytes(), layout.frame_bytes());
    return std::vector<uint8_t>(bytes.begin(), bytes.end());
  }
  const Fragments fragments = fragments_of(layout.pixels);
  const std::vector<size_t> starts = starts_of(fragments, layout);
  const size_t end = index + 1 < starts.size() ? starts[index + 1] : fragments.parts.size();
  std::vector<uint8_t> bytes;
  for (size_t i = starts[index]; i < end; ++i)
    bytes.insert(bytes.end(), fragments.parts[i].begin(), fragments.parts[i].end());
  const std::string wrong =
      layout.syntax.jpeg ? misfit_of_jpeg(bytes, layout) : misfit_of_rle(bytes, layout);
  if (!wrong.empty()) return failure("decode", "damaged DICOM: {}", wrong);
  return decompress_dicom(layout, bytes);
}

}  // namespace paucal::edge::formats
