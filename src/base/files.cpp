#include "base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <atomic>
#include <cctype>
#include <cerrno>
#include <cstring>

#include "base/error.h"

namespace paucal {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPlace = "files";

// A POSIX descriptor that closes itself.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }
  bool ok() const { return fd_ >= 0; }

 private:
  int fd_;
};

void write_all(int fd, std::span<const uint8_t> data, const fs::path& path) {
  while (!data.empty()) {
    const ssize_t n = ::write(fd, data.data(), data.size());
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) fail(kPlace, "'{}': write failed: {}", path.string(), std::strerror(errno));
    data = data.subspan(static_cast<size_t>(n));
  }
}

void write_synced(const fs::path& path, std::span<const uint8_t> data) {
  const Descriptor file(::open(path.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
  if (!file.ok()) fail(kPlace, "'{}': {}", path.string(), std::strerror(errno));
  write_all(file.get(), data, path);
  if (::fsync(file.get()) != 0)
    fail(kPlace, "'{}': fsync failed: {}", path.string(), std::strerror(errno));
}

// A file that goes away again unless it was released.
class Temporary {
 public:
  explicit Temporary(fs::path path) : path_(std::move(path)) {}
  ~Temporary() {
    if (!path_.empty()) ::unlink(path_.c_str());
  }
  Temporary(const Temporary&) = delete;
  Temporary& operator=(const Temporary&) = delete;
  const fs::path& path() const { return path_; }
  void release() { path_.clear(); }

 private:
  fs::path path_;
};

}  // namespace

Result<Bytes> read_file(const fs::path& path, uint64_t limit) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.ok()) return failure(kPlace, "'{}': {}", path.string(), std::strerror(errno));
  struct stat info {};
  if (::fstat(file.get(), &info) != 0)
    return failure(kPlace, "'{}': {}", path.string(), std::strerror(errno));
  if (!S_ISREG(info.st_mode)) return failure(kPlace, "'{}': not a regular file", path.string());
  const auto size = static_cast<uint64_t>(info.st_size);
  if (size > limit)
    return failure(kPlace, "'{}': {} bytes, expected at most {}", path.string(), size, limit);
  Bytes data(size);
  size_t done = 0;
  while (done < size) {
    const ssize_t n = ::read(file.get(), data.data() + done, size - done);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return failure(kPlace, "'{}': {}", path.string(), std::strerror(errno));
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  data.resize(done);
  return data;
}

std::string read_text(const fs::path& path) {
  const Bytes data = value_or_throw(read_file(path));
  return std::string(data.begin(), data.end());
}

void write_file_atomic(const fs::path& path, std::span<const uint8_t> data) {
  const fs::path folder = path.has_parent_path() ? path.parent_path() : ".";
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) fail(kPlace, "'{}': folder cannot be made: {}", folder.string(), error.message());
  // Hidden, so that what a power cut leaves is no file of a data set; numbered, so that threads
  // do not write into each other's.
  static std::atomic<uint64_t> number{0};
  Temporary temporary(folder / fmt::format(".{}.tmp{}.{}", path.filename().string(), ::getpid(),
                                           number.fetch_add(1)));
  write_synced(temporary.path(), data);
  if (::rename(temporary.path().c_str(), path.c_str()) != 0)
    fail(kPlace, "'{}': rename failed: {}", path.string(), std::strerror(errno));
  temporary.release();
  const Descriptor directory(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (directory.ok()) ::fsync(directory.get());
}

void write_text_atomic(const fs::path& path, std::string_view text) {
  write_file_atomic(path, {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

Json read_json(const fs::path& path) {
  try {
    return Json::parse(read_text(path));
  } catch (const Json::exception& error) {
    fail(kPlace, "'{}': not valid JSON: {}", path.string(), error.what());
  }
}

void write_json(const fs::path& path, const Json& json) {
  // Names of files may hold bytes that are not UTF-8: show them replaced rather than fail.
  write_text_atomic(path, json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

std::vector<std::string> list_files(const fs::path& root, std::vector<std::string>* problems) {
  std::vector<std::string> files;
  std::vector<fs::path> open = {root};
  while (!open.empty()) {
    const fs::path folder = open.back();
    open.pop_back();
    std::error_code error;
    fs::directory_iterator entry(folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      const fs::path& path = entry->path();
      if (path.filename().string().starts_with(".")) continue;
      std::error_code ignored;
      if (!entry->is_directory(ignored)) {
        files.push_back(path.lexically_relative(root).generic_string());
      } else if (!entry->is_symlink(ignored)) {
        open.push_back(path);
      }
    }
    if (error && problems)
      problems->push_back(fmt::format("'{}': {}", folder.string(), error.message()));
  }
  std::ranges::sort(files);
  if (problems) std::ranges::sort(*problems);
  return files;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())))
    text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
    text.remove_suffix(1);
  return text;
}

bool has_image_extension(std::string_view path) {
  const std::string name = lower(path);
  return name.ends_with(".jpg") || name.ends_with(".jpeg") || name.ends_with(".png") ||
         name.ends_with(".webp");
}

Hasher::Hasher() : state_(XXH3_createState()) {
  XXH3_128bits_reset(static_cast<XXH3_state_t*>(state_));
}
Hasher::~Hasher() {
  XXH3_freeState(static_cast<XXH3_state_t*>(state_));
}

Hasher& Hasher::add(std::span<const uint8_t> data) {
  XXH3_128bits_update(static_cast<XXH3_state_t*>(state_), data.data(), data.size());
  return *this;
}

Hasher& Hasher::add(std::string_view text) {
  const uint64_t size = text.size();
  add({reinterpret_cast<const uint8_t*>(&size), sizeof(size)});
  return add({reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

std::string Hasher::hex() const {
  const XXH128_hash_t hash = XXH3_128bits_digest(static_cast<const XXH3_state_t*>(state_));
  return fmt::format("{:016x}{:016x}", hash.high64, hash.low64);
}

std::string hash_file(const fs::path& path) {
  return Hasher().add(std::span<const uint8_t>(value_or_throw(read_file(path)))).hex();
}

}  // namespace paucal
