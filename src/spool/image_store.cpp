#include "spool/image_store.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <optional>

#include "base/error.h"
#include "base/file_access.h"
#include "edge/pre/decode.h"

namespace paucal::spool {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kTemporary = ".tmp";
constexpr std::string_view kOkPrefix = "ok-";
constexpr std::string_view kPrefixes[] = {"ng-", "doubtful-", kOkPrefix};
// Room is made for more than one image: looking through the folder takes a while.
constexpr std::uint64_t kRoomShare = 20;

bool is_ours(std::string_view name) {
  return std::ranges::any_of(kPrefixes, [&](auto prefix) { return name.starts_with(prefix); });
}

fs::path json_of(const fs::path& image) {
  return fs::path(image).replace_extension(".json");
}

Failure store_failure(const fs::path& path) {
  return failure("spool", "'{}': {}", path.string(), std::strerror(errno));
}

bool write_all(int file, std::string_view data) {
  while (!data.empty()) {
    const ssize_t n = ::write(file, data.data(), data.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return false;
    data.remove_prefix(static_cast<size_t>(n));
  }
  return true;
}

// A hidden file that holds the data, on the disk.
std::optional<Failure> write_temporary(const fs::path& path, std::string_view data) {
  const Descriptor file(
      ::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0640));
  if (file.ok() && write_all(file.get(), data) && ::fsync(file.get()) == 0) return {};
  return store_failure(path);
}

}  // namespace

struct ImageStore::Sample {
  fs::path path;
  std::uint64_t bytes = 0;  // with its JSON
  fs::file_time_type at;
};

std::string kept_name(std::string_view stratum, std::string_view hash, std::string_view image) {
  const std::string_view format =
      edge::format_of({reinterpret_cast<const uint8_t*>(image.data()), image.size()});
  std::string_view ending = ".bin";
  for (const std::string_view e : {".jpg", ".png", ".webp", ".bmp", ".pnm", ".tif"})
    if (edge::ending_fits(format, e)) ending = e;
  return fmt::format("{}-{}{}", stratum, hash, ending);
}

// The OK images; counts the bytes of all files.
std::vector<ImageStore::Sample> ImageStore::scan() {
  std::vector<Sample> samples;
  used_bytes_ = 0;
  std::error_code error, ignored;
  fs::directory_iterator entry(folder_, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const fs::path& path = entry->path();
    // One that somebody takes away meanwhile has no size.
    std::uintmax_t bytes = entry->file_size(ignored);
    if (ignored) continue;
    used_bytes_ += bytes;
    const std::string name = path.filename().string();
    if (!name.starts_with(kOkPrefix) || path.extension() == ".json") continue;
    const std::uintmax_t json = fs::file_size(json_of(path), ignored);
    if (!ignored) bytes += json;
    samples.push_back({path, bytes, entry->last_write_time(ignored)});
  }
  std::ranges::sort(samples, {}, [](const Sample& s) { return std::pair(s.at, s.path); });
  return samples;
}

void ImageStore::clean() {
  std::vector<fs::path> images, rest;
  std::error_code error, ignored;
  fs::directory_iterator entry(folder_, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    const fs::path& path = entry->path();
    if (path.extension() == kTemporary)
      rest.push_back(path);
    else if (is_ours(path.filename().string()))
      (path.extension() == ".json" ? rest : images).push_back(path);
  }
  for (fs::path& image : images) image = json_of(image);
  std::ranges::sort(images);
  for (const fs::path& path : rest)
    if (!std::ranges::binary_search(images, path)) fs::remove(path, ignored);
  (void)scan();
}

bool ImageStore::has(const std::string& name) const {
  std::error_code ignored;
  return fs::exists(folder_ / name, ignored);
}

bool ImageStore::make_room(std::uint64_t bytes, std::vector<std::string>& removed) {
  const auto fits = [&](std::uint64_t used) {
    return used <= max_bytes_ && bytes <= max_bytes_ - used;
  };
  if (fits(used_bytes_)) return true;
  const std::vector<Sample> samples = scan();  // somebody may have taken images
  if (fits(used_bytes_)) return true;
  std::uint64_t removable = 0;
  for (const Sample& sample : samples) removable += sample.bytes;
  if (!fits(used_bytes_ - std::min(used_bytes_, removable))) return false;
  for (const Sample& sample : samples) {
    if (fits(used_bytes_ + max_bytes_ / kRoomShare)) break;
    std::error_code error;
    fs::remove(sample.path, error);
    if (error) continue;
    fs::remove(json_of(sample.path), error);
    used_bytes_ -= std::min(used_bytes_, sample.bytes);
    removed.push_back(sample.path.filename().string());
  }
  return fits(used_bytes_);
}

std::optional<Failure> ImageStore::put(const KeptImage& image) {
  std::error_code error;
  fs::create_directories(folder_, error);
  const fs::path path = folder_ / image.name, json = json_of(path);
  const fs::path temporary = folder_ / ("." + image.name + std::string(kTemporary)),
                 temporary_json =
                     folder_ / ("." + json.filename().string() + std::string(kTemporary));
  std::optional<Failure> failed = write_temporary(temporary, image.bytes);
  if (!failed) failed = write_temporary(temporary_json, image.line);
  if (!failed && ::rename(temporary_json.c_str(), json.c_str()) != 0) failed = store_failure(json);
  if (!failed && ::rename(temporary.c_str(), path.c_str()) != 0) {
    failed = store_failure(path);
    fs::remove(json, error);
  }
  if (failed) {
    fs::remove(temporary, error);
    fs::remove(temporary_json, error);
    return failed;
  }
  const Descriptor folder(::open(folder_.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.ok()) ::fsync(folder.get());
  used_bytes_ += image.bytes.size() + image.line.size();
  return {};
}

}  // namespace paucal::spool
