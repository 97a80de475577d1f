#include "edge/api/to_image.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "base/error.h"
#include "edge/image/deep.h"
#include "edge/pre/channels.h"
#include "edge/pre/formats.h"

namespace paucal::edge {
namespace {

int bytes_a_pixel(int format) {
  switch (format) {
    case PAUCAL_EDGE_GREY8:
      return 1;
    case PAUCAL_EDGE_RGB8:
    case PAUCAL_EDGE_BGR8:
      return 3;
    case PAUCAL_EDGE_RGBA8:
      return 4;
    case PAUCAL_EDGE_GREY16:
      return 2;
    case PAUCAL_EDGE_RGB16:
      return 6;
    default:
      return 0;
  }
}

void copy_row(const uint8_t* in, int width, int format, uint8_t* out) {
  const int bytes = bytes_a_pixel(format);
  if (format == PAUCAL_EDGE_GREY8 || format == PAUCAL_EDGE_RGB8) {
    std::copy_n(in, static_cast<size_t>(width) * static_cast<size_t>(bytes), out);
    return;
  }
  for (int x = 0; x < width; ++x, in += bytes, out += 3)
    for (int c = 0; c < 3; ++c)
      out[c] = format == PAUCAL_EDGE_BGR8 ? in[2 - c] : formats::over_white(in[c], in[3]);
}

Image to_deep_image(const paucal_edge_image& from, size_t row_bytes, int channels) {
  const size_t row = row_bytes / 2;
  std::vector<uint16_t> samples(row * static_cast<size_t>(from.height));
  for (size_t y = 0; y < static_cast<size_t>(from.height); ++y)
    std::memcpy(&samples[y * row], from.pixels + y * from.stride, row_bytes);
  return deep_image(from.width, from.height, channels, std::move(samples));
}

}  // namespace

Result<Image> to_image(const paucal_edge_image& from, int channels, int64_t max_pixels) {
  // A caller may have put any number there: loaded as the enumeration, others are undefined.
  const auto format = std::bit_cast<int>(from.format);
  const int bytes = bytes_a_pixel(format);
  if (bytes == 0) return failure("api", "format {}, expected 0 to 5", format);
  if (!from.pixels) return failure("api", "pixels is NULL");
  if (from.width < 1 || from.height < 1 || int64_t{from.width} * from.height > max_pixels)
    return failure("api", "{} x {} pixels, expected 1 to {} of them", from.width, from.height,
                   max_pixels);
  const auto row_bytes = static_cast<size_t>(from.width) * static_cast<size_t>(bytes);
  if (from.stride < row_bytes || from.stride > SIZE_MAX / static_cast<size_t>(from.height))
    return failure("api", "a stride of {} bytes, expected at least {}", from.stride, row_bytes);
  if (format == PAUCAL_EDGE_GREY16 || format == PAUCAL_EDGE_RGB16)
    return with_channels(to_deep_image(from, row_bytes, bytes / 2), channels);
  Image image(from.width, from.height, bytes == 1 ? 1 : 3);
  for (int y = 0; y < from.height; ++y)
    copy_row(from.pixels + static_cast<size_t>(y) * from.stride, from.width, format, image.row(y));
  return with_channels(std::move(image), channels);
}

}  // namespace paucal::edge
