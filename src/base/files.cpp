#include "base/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
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
  const fs::path temporary = path.string() + fmt::format(".tmp{}", ::getpid());
  {
    const Descriptor file(
        ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644));
    if (!file.ok()) fail(kPlace, "'{}': {}", temporary.string(), std::strerror(errno));
    write_all(file.get(), data, temporary);
    if (::fsync(file.get()) != 0)
      fail(kPlace, "'{}': fsync failed: {}", temporary.string(), std::strerror(errno));
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0)
    fail(kPlace, "'{}': rename failed: {}", path.string(), std::strerror(errno));
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
    fs::directory_iterator entries(folder, error);
    if (error) {
      if (problems) problems->push_back(fmt::format("'{}': {}", folder.string(), error.message()));
      continue;
    }
    for (const auto& entry : entries) {
      if (entry.path().filename().string().starts_with(".")) continue;
      // Links to folders are not followed: they can go round in circles.
      if (entry.is_directory(error) && !entry.is_symlink(error)) {
        open.push_back(entry.path());
      } else if (!entry.is_directory(error)) {
        files.push_back(entry.path().lexically_relative(root).generic_string());
      }
    }
  }
  std::ranges::sort(files);
  return files;
}

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
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
