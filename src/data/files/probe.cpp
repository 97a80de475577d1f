#include "data/files/probe.h"

#include <fstream>

#include "base/error.h"

namespace paucal::data {
namespace fs = std::filesystem;
namespace {

constexpr size_t kHeadBytes = size_t{1} << 18;
constexpr uint64_t kMaxProbeBytes = uint64_t{1} << 30;

using Data = std::span<const uint8_t>;

bool has_at(Data data, size_t offset, std::string_view bytes) {
  return data.size() >= offset + bytes.size() &&
         std::equal(bytes.begin(), bytes.end(), data.begin() + static_cast<ptrdiff_t>(offset),
                    [](char a, uint8_t b) { return static_cast<uint8_t>(a) == b; });
}

bool is_jpeg(Data data) {
  return has_at(data, 0, "\xFF\xD8\xFF");
}
bool is_png(Data data) {
  return has_at(data, 0, "\x89PNG\r\n");
}
bool is_webp(Data data) {
  return has_at(data, 0, "RIFF") && has_at(data, 8, "WEBP");
}

// Colour type of PNG: 4 grey and alpha, 6 colour and alpha. Flags of WebP's VP8X chunk: 0x10.
bool has_alpha(Data data) {
  if (is_png(data)) return data.size() > 25 && (data[25] & 4);
  return is_webp(data) && has_at(data, 12, "VP8X") && data.size() > 20 && (data[20] & 0x10);
}

// Four components in the frame header.
bool is_cmyk(Data data) {
  if (!is_jpeg(data)) return false;
  for (size_t at = 2; at + 9 < data.size() && data[at] == 0xFF;) {
    const uint8_t marker = data[at + 1];
    const bool frame =
        marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame) return data[at + 9] == 4;
    at += marker == 0xFF ? 1 : 2 + size_t{data[at + 2]} * 256 + data[at + 3];
  }
  return false;
}

bool ending_fits(const fs::path& path, const std::string& format) {
  const std::string ending = lower(path.extension().string());
  const std::string name = lower(format);
  const bool named_jpeg = ending.starts_with(".j") && has_image_extension(ending);
  return name == "jpeg" ? named_jpeg : ending == "." + name;
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

FileProbe probe_bytes(const fs::path& path, Data data, int64_t max_pixels) {
  FileProbe probe;
  const Result<edge::ImageInfo> info = edge::probe_image(data);
  if (!info.ok()) {
    const bool begins_well = is_jpeg(data) || is_png(data) || is_webp(data);
    const std::string unsupported = edge::unsupported(data);
    probe.kind = !unsupported.empty() ? "unsupported"
                 : begins_well        ? "truncated"
                 : data.empty()       ? "empty"
                                      : "not-an-image";
    probe.message = unsupported.empty() ? info.failure().message : unsupported;
    return probe;
  }
  probe.info = *info;
  probe.alpha = has_alpha(data);
  probe.cmyk = is_cmyk(data);
  probe.renamed = !ending_fits(path, info->format);
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

FileProbe probe_file(const fs::path& path, int64_t max_pixels) {
  uint64_t size = 0;
  FileProbe probe = look(path, size);
  if (!probe.kind.empty()) return probe;
  if (size > kHeadBytes) {
    Bytes head(kHeadBytes);
    std::ifstream file(path, std::ios::binary);
    file.read(reinterpret_cast<char*>(head.data()), static_cast<std::streamsize>(head.size()));
    head.resize(static_cast<size_t>(file.gcount()));
    probe = probe_bytes(path, head, max_pixels);
    // A header may be longer than that: colour profiles, previews.
    if (probe.kind != "truncated") return probe;
  }
  const Bytes data = read_image_bytes(path, probe);
  return probe.kind.empty() ? probe_bytes(path, data, max_pixels) : probe;
}

}  // namespace paucal::data
