#include "data/files/probe.h"

#include <fstream>

#include "base/error.h"

namespace paucal::data {
namespace fs = std::filesystem;
namespace {

constexpr size_t kHeadBytes = size_t{1} << 18;
constexpr uint64_t kMaxProbeBytes = uint64_t{1} << 30;

using Data = std::span<const uint8_t>;

// Four components in the frame header.
bool is_cmyk(Data data) {
  if (edge::format_of(data) != "JPEG") return false;
  for (size_t at = 2; at + 9 < data.size() && data[at] == 0xFF;) {
    const uint8_t marker = data[at + 1];
    const bool frame =
        marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame) return data[at + 9] == 4;
    at += marker == 0xFF ? 1 : 2 + size_t{data[at + 2]} * 256 + data[at + 3];
  }
  return false;
}

// What can be said without opening the file; kind "" where it may be opened.
FileProbe look(const fs::path& path, uint64_t& size) {
  FileProbe probe;
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) {
    probe.message =
        fs::is_symlink(path, error) ? "a link to a file that is not there" : "not there";
  } else if (error) {
    probe.message = error.message();
  } else if (!fs::is_regular_file(status)) {
    probe.message = "not a regular file (a pipe, socket or device)";
  } else {
    size = fs::file_size(path, error);
    if (error) probe.message = error.message();
  }
  if (!probe.message.empty()) {
    probe.kind = "unreadable";
  } else if (size == 0) {
    probe.kind = "empty";
    probe.message = "0 bytes";
  }
  return probe;
}

}  // namespace

FileProbe probe_bytes(const fs::path& path, Data data, int64_t max_pixels, int page) {
  FileProbe probe;
  const Result<edge::ImageInfo> info = edge::probe_image(data, page);
  if (!info.ok()) {
    const std::string unsupported = edge::unsupported(data, page);
    probe.kind = !unsupported.empty()             ? "unsupported"
                 : !edge::format_of(data).empty() ? "truncated"
                 : data.empty()                   ? "empty"
                                                  : "not-an-image";
    probe.message = unsupported.empty() ? info.failure().message : unsupported;
    return probe;
  }
  probe.info = *info;
  probe.cmyk = is_cmyk(data);
  probe.renamed = !edge::ending_fits(info->format, path.extension().string());
  if (int64_t{info->width} * info->height > max_pixels) {
    probe.kind = "too-large";
    probe.message =
        fmt::format("{}×{} = {} million pixels, expected at most {}", info->width, info->height,
                    int64_t{info->width} * info->height / 1'000'000, max_pixels);
  }
  return probe;
}

Bytes read_image_bytes(const fs::path& path, FileProbe& problem) {
  uint64_t size = 0;
  problem = look(path, size);
  if (!problem.kind.empty()) return {};
  Result<Bytes> data = read_file(path, kMaxProbeBytes);
  if (data.ok()) return std::move(*data);
  problem.kind = "unreadable";
  problem.message = data.failure().message;
  return {};
}

FileProbe probe_file(const fs::path& path, int64_t max_pixels, int page) {
  uint64_t size = 0;
  FileProbe probe = look(path, size);
  if (!probe.kind.empty()) return probe;
  // The headers of a TIFF stand anywhere.
  if (size > kHeadBytes && !edge::ending_fits("TIFF", path.extension().string())) {
    Bytes head(kHeadBytes);
    std::ifstream file(path, std::ios::binary);
    file.read(reinterpret_cast<char*>(head.data()), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<size_t>(file.gcount()));
    probe = probe_bytes(path, head, max_pixels, page);
    // A header may be longer than that: colour profiles, previews.
    if (probe.kind != "truncated") return probe;
  }
  const Bytes data = read_image_bytes(path, probe);
  return probe.kind.empty() ? probe_bytes(path, data, max_pixels, page) : probe;
}

}  // namespace paucal::data
