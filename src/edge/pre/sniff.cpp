// What a file is, by its first bytes: so that the message about a wrong one helps.
#include <algorithm>
#include <string_view>

#include "edge/pre/formats.h"

namespace paucal::edge::formats {
namespace {

using namespace std::string_view_literals;

struct Signature {
  size_t offset;
  std::string_view bytes;
  std::string_view name;
};

constexpr Signature kSignatures[] = {
    {0, "GIF8"sv, "a GIF image"},
    {0, "II*\0"sv, "a TIFF image"},
    {0, "MM\0*"sv, "a TIFF image"},
    {0, "II+\0"sv, "a BigTIFF image"},
    {0, "MM\0+"sv, "a BigTIFF image"},
    {0, "P7\n"sv, "a PAM image"},
    {0, "PF\n"sv, "a PFM image"},
    {0, "Pf\n"sv, "a PFM image"},
    {128, "DICM"sv, "a DICOM image"},
    {4, "ftyphei"sv, "a HEIC image"},
    {4, "ftypmif"sv, "a HEIF image"},
    {4, "ftypavi"sv, "an AVIF image"},
    {4, "ftyp"sv, "a video"},
    {0, "\0\0\0\x0CjP  "sv, "a JPEG 2000 image"},
    {0, "\xFF\x0A"sv, "a JPEG XL image"},
    {0, "8BPS"sv, "a Photoshop document"},
    {0, "%PDF"sv, "a PDF document"},
    {0, "PK\x03\x04"sv, "a ZIP archive"},
    {0, "\x1F\x8B"sv, "a gzip archive"},
    {0, "SQLite format 3"sv, "an SQLite database"},
    {0, "version https://git-lfs"sv, "a Git LFS pointer whose file was not fetched"},
    {0, "<svg"sv, "an SVG drawing"},
    {0, "<!DOCTYPE html"sv, "a web page"},
    {0, "<html"sv, "a web page"},
    {0, "<?xml"sv, "an XML document"},
};

// Bytes of UTF-8 count as text: a class list may hold names in any script.
bool is_text_byte(uint8_t byte) {
  return byte >= 0x80 || (byte >= 0x20 && byte != 0x7F) || byte == '\t' || byte == '\n' ||
         byte == '\r';
}

}  // namespace

std::string_view sniff(Data data) {
  for (const Signature& s : kSignatures)
    if (has_at(data, s.offset, s.bytes)) return s.name;
  const Data head = data.first(std::min<size_t>(data.size(), 512));
  if (std::ranges::all_of(head, [](uint8_t b) { return b == 0; })) return "nothing but zero bytes";
  if (std::ranges::all_of(head, is_text_byte)) return "text";
  return "no known format";
}

}  // namespace paucal::edge::formats
