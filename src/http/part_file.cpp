#include "http/part_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/files.h"
#include "base/sha256.h"
#include "http/response.h"

namespace paucal::http {
namespace fs = std::filesystem;
namespace {

constexpr uint64_t kMostSidecar = 4096;

Failure system_failure(const fs::path& path) {
  return failure("download", "'{}': {}", path.string(), std::strerror(errno));
}

fs::path beside(const fs::path& target, const char* ending) {
  fs::path path = target;
  return path += ending;
}

// Whatever is not as it was written counts for nothing: the file then comes anew.
PartFacts read_facts(const fs::path& path) {
  const auto bytes = read_file(path, kMostSidecar);
  if (!bytes.ok()) return {};
  const Json json = Json::parse(bytes->begin(), bytes->end(), nullptr, /*allow_exceptions=*/false);
  PartFacts facts;
  const auto text = [&](const char* key) {
    const bool there = json.is_object() && json.contains(key) && json[key].is_string();
    return there ? json[key].get<std::string>() : std::string();
  };
  facts.address = text("address");
  ResponseHead etag;  // it becomes a header: checked as one
  etag.read("etag: " + text("etag"));
  facts.etag = etag.etag;
  facts.sha256 = text("sha256");
  if (!is_sha256(facts.sha256)) facts.sha256.clear();
  if (json.is_object() && json.contains("size") && json["size"].is_number_unsigned())
    facts.size = json["size"].get<uint64_t>();
  return facts;
}

std::optional<Failure> write_facts(const fs::path& path, const PartFacts& facts) {
  try {
    write_json(path, {{"address", facts.address},
                      {"etag", facts.etag},
                      {"sha256", facts.sha256},
                      {"size", facts.size}});
  } catch (const Error& error) {
    return Failure{error.place(), error.message()};
  }
  return {};
}

}  // namespace

PartFile::PartFile(fs::path target, Descriptor file)
    : target_(std::move(target)),
      path_(beside(target_, ".part")),
      sidecar_(beside(target_, ".part.json")),
      file_(std::move(file)) {}

Result<PartFile> PartFile::open(const fs::path& target) {
  std::error_code error;
  const fs::path folder = target.has_parent_path() ? target.parent_path() : ".";
  fs::create_directories(folder, error);
  if (error)
    return failure("download", "'{}': folder cannot be made: {}", folder.string(), error.message());
  const fs::path path = beside(target, ".part");
  Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0644));
  if (!file.ok()) return system_failure(path);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0)
    return failure("download", "'{}': another process is downloading it", path.string());
  // It may have become the target between open and lock: then it is not ours to write.
  struct stat opened {
  }, named{};
  if (::fstat(file.get(), &opened) != 0 || ::stat(path.c_str(), &named) != 0 ||
      opened.st_ino != named.st_ino)
    return failure("download", "'{}': another process has just downloaded it", path.string());
  PartFile part(target, std::move(file));
  part.size_ = static_cast<uint64_t>(opened.st_size);
  part.facts_ = read_facts(part.sidecar_);
  return part;
}

std::optional<Failure> PartFile::begin(const PartFacts& facts) {
  if (::ftruncate(file_.get(), 0) != 0) return system_failure(path_);
  size_ = 0;
  facts_ = facts;
  return write_facts(sidecar_, facts);
}

std::optional<Failure> PartFile::append(std::span<const uint8_t> data) {
  while (!data.empty()) {
    const ssize_t count = ::write(file_.get(), data.data(), data.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure(path_);
    size_ += static_cast<uint64_t>(count);
    data = data.subspan(static_cast<size_t>(count));
  }
  return {};
}

std::optional<Failure> PartFile::commit() {
  if (::fsync(file_.get()) != 0) return system_failure(path_);
  if (::rename(path_.c_str(), target_.c_str()) != 0) return system_failure(target_);
  std::error_code ignored;
  fs::remove(sidecar_, ignored);
  const fs::path folder = target_.has_parent_path() ? target_.parent_path() : ".";
  const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (opened.ok()) ::fsync(opened.get());
  return {};
}

void PartFile::discard() {
  std::error_code ignored;
  fs::remove(path_, ignored);
  fs::remove(sidecar_, ignored);
}

}  // namespace paucal::http
