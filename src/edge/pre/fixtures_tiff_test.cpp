// TIFFs in memory, as libtiff writes them.
#include <tiffio.h>

#include <algorithm>
#include <cstring>

#include "edge/pre/fixtures.h"

namespace paucal::edge::fixtures {
namespace {

struct TiffMemory {
  Bytes bytes;
  size_t at = 0;
};

TiffMemory& memory_of(thandle_t handle) {
  return *static_cast<TiffMemory*>(handle);
}

tmsize_t read_memory(thandle_t handle, void* to, tmsize_t size) {
  TiffMemory& memory = memory_of(handle);
  const size_t count = std::min(static_cast<size_t>(size), memory.bytes.size() - memory.at);
  std::memcpy(to, memory.bytes.data() + memory.at, count);
  memory.at += count;
  return static_cast<tmsize_t>(count);
}

tmsize_t write_memory(thandle_t handle, void* from, tmsize_t size) {
  TiffMemory& memory = memory_of(handle);
  memory.bytes.resize(std::max(memory.bytes.size(), memory.at + static_cast<size_t>(size)));
  std::memcpy(memory.bytes.data() + memory.at, from, static_cast<size_t>(size));
  memory.at += static_cast<size_t>(size);
  return size;
}

toff_t seek_memory(thandle_t handle, toff_t offset, int whence) {
  TiffMemory& memory = memory_of(handle);
  memory.at = offset + (whence == SEEK_CUR   ? memory.at
                        : whence == SEEK_END ? memory.bytes.size()
                                             : 0);
  return memory.at;
}

int close_memory(thandle_t) {
  return 0;
}

toff_t size_of_memory(thandle_t handle) {
  return memory_of(handle).bytes.size();
}

// Samples first, first + step … packed as the file has them, `count` of them.
Bytes packed(const TiffSpec& spec, size_t first, size_t step, size_t count) {
  Bytes row((count * static_cast<size_t>(spec.bits) + 7) / 8);
  for (size_t i = 0; i < count; ++i) {
    const uint16_t value = spec.values[first + i * step];
    if (spec.bits == 16) {
      std::memcpy(&row[2 * i], &value, 2);
      continue;
    }
    for (int bit = 0; bit < spec.bits; ++bit) {
      const size_t to = i * static_cast<size_t>(spec.bits) + static_cast<size_t>(bit);
      row[to / 8] =
          static_cast<uint8_t>(row[to / 8] | (value >> (spec.bits - 1 - bit) & 1) << (7 - to % 8));
    }
  }
  return row;
}

void write_lines(TIFF* tiff, const TiffSpec& spec) {
  const auto width = static_cast<size_t>(spec.width), samples = static_cast<size_t>(spec.samples);
  for (size_t plane = 0; plane < (spec.separate ? samples : 1); ++plane)
    for (size_t y = 0; y < static_cast<size_t>(spec.height); ++y) {
      Bytes row = spec.separate ? packed(spec, y * width * samples + plane, samples, width)
                                : packed(spec, y * width * samples, 1, width * samples);
      TIFFWriteScanline(tiff, row.data(), static_cast<uint32_t>(y), static_cast<uint16_t>(plane));
    }
}

// Samples together alone.
void write_tiles(TIFF* tiff, const TiffSpec& spec) {
  const int side = spec.tile;
  const auto samples = static_cast<size_t>(spec.samples);
  for (int top = 0; top < spec.height; top += side)
    for (int left = 0; left < spec.width; left += side) {
      TiffSpec part = spec;
      part.values.assign(static_cast<size_t>(side) * static_cast<size_t>(side) * samples, 0);
      for (int y = top; y < std::min(spec.height, top + side); ++y)
        for (int x = left; x < std::min(spec.width, left + side); ++x)
          std::copy_n(&spec.values[static_cast<size_t>(y * spec.width + x) * samples], samples,
                      &part.values[static_cast<size_t>((y - top) * side + x - left) * samples]);
      Bytes tile;
      for (int y = 0; y < side; ++y) {
        const size_t row = static_cast<size_t>(side) * samples;
        const Bytes line = packed(part, static_cast<size_t>(y) * row, 1, row);
        tile.insert(tile.end(), line.begin(), line.end());
      }
      TIFFWriteTile(tiff, tile.data(), static_cast<uint32_t>(left), static_cast<uint32_t>(top), 0,
                    0);
    }
}

void write_page(TIFF* tiff, const TiffSpec& spec) {
  TIFFSetField(tiff, TIFFTAG_IMAGEWIDTH, spec.width);
  TIFFSetField(tiff, TIFFTAG_IMAGELENGTH, spec.height);
  TIFFSetField(tiff, TIFFTAG_SAMPLESPERPIXEL, spec.samples);
  TIFFSetField(tiff, TIFFTAG_BITSPERSAMPLE, spec.bits);
  TIFFSetField(tiff, TIFFTAG_PHOTOMETRIC, spec.photometric);
  TIFFSetField(tiff, TIFFTAG_COMPRESSION, spec.compression);
  TIFFSetField(tiff, TIFFTAG_ORIENTATION, spec.orientation);
  TIFFSetField(tiff, TIFFTAG_SAMPLEFORMAT, spec.sample_format);
  TIFFSetField(tiff, TIFFTAG_SUBFILETYPE, spec.subfile);
  TIFFSetField(tiff, TIFFTAG_PLANARCONFIG,
               spec.separate ? PLANARCONFIG_SEPARATE : PLANARCONFIG_CONTIG);
  if (const auto extra = static_cast<uint16_t>(spec.extra); spec.extra >= 0)
    TIFFSetField(tiff, TIFFTAG_EXTRASAMPLES, 1, &extra);
  if (!spec.palette.empty()) {
    std::vector<uint16_t> planes[3];
    for (auto& plane : planes) plane.resize(size_t{1} << spec.bits);
    for (size_t i = 0; i < spec.palette.size(); ++i)
      for (size_t c = 0; c < 3; ++c) planes[c][i] = spec.palette[i][c];
    TIFFSetField(tiff, TIFFTAG_COLORMAP, planes[0].data(), planes[1].data(), planes[2].data());
  }
  if (spec.tile > 0) {
    TIFFSetField(tiff, TIFFTAG_TILEWIDTH, spec.tile);
    TIFFSetField(tiff, TIFFTAG_TILELENGTH, spec.tile);
    write_tiles(tiff, spec);
  } else {
    TIFFSetField(tiff, TIFFTAG_ROWSPERSTRIP, 5);
    write_lines(tiff, spec);
  }
  TIFFWriteDirectory(tiff);
}

}  // namespace

Bytes tiff(const std::vector<TiffSpec>& pages) {
  TiffMemory memory;
  TIFF* tiff = TIFFClientOpen("memory", "w", &memory, read_memory, write_memory, seek_memory,
                              close_memory, size_of_memory, nullptr, nullptr);
  for (const TiffSpec& page : pages) write_page(tiff, page);
  TIFFClose(tiff);
  return memory.bytes;
}

}  // namespace paucal::edge::fixtures
