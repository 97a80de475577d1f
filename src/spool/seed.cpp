#include "spool/seed.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/error.h"
#include "base/file_access.h"
#include "base/files.h"

namespace paucal::spool {
namespace fs = std::filesystem;
namespace {

constexpr size_t kDigits = 16;

Result<std::uint64_t> random_seed() {
  const Descriptor source(::open("/dev/urandom", O_RDONLY | O_CLOEXEC));
  std::uint64_t seed = 0;
  if (!source.ok() || ::read(source.get(), &seed, sizeof seed) != sizeof seed)
    return failure("spool", "'/dev/urandom': {}", std::strerror(errno));
  return seed;
}

// Whole or not at all: images that are drawn by half a seed would be drawn by another one later.
std::optional<Failure> write_seed(const fs::path& path, const std::string& text) {
  const fs::path temporary = path.string() + ".tmp";
  std::error_code ignored;
  fs::remove(temporary, ignored);
  const Descriptor file(::open(temporary.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600));
  const bool written =
      file.ok() &&
      ::write(file.get(), text.data(), text.size()) == static_cast<ssize_t>(text.size()) &&
      ::fsync(file.get()) == 0;
  if (written && ::rename(temporary.c_str(), path.c_str()) == 0) return {};
  const Failure failed = failure("spool", "'{}': {}", path.string(), std::strerror(errno));
  fs::remove(temporary, ignored);
  return failed;
}

}  // namespace

Result<std::uint64_t> read_or_make_seed(const fs::path& folder) {
  const fs::path path = folder / "seed";
  std::error_code error;
  if (!fs::exists(path, error) && !error) {
    const Result<std::uint64_t> seed = random_seed();
    if (!seed.ok()) return seed.failure();
    if (auto failed = write_seed(path, fmt::format("{:016x}\n", *seed))) return *failed;
    return *seed;
  }
  const Result<Bytes> bytes = read_file(path, 1024);
  if (!bytes.ok()) return bytes.failure();
  const std::string text(trim({reinterpret_cast<const char*>(bytes->data()), bytes->size()}));
  std::uint64_t seed = 0;
  const auto [end, wrong] = std::from_chars(text.data(), text.data() + text.size(), seed, 16);
  if (text.size() != kDigits || wrong != std::errc() || end != text.data() + text.size())
    return failure("spool", "'{}': {} bytes, expected {} hexadecimal digits", path.string(),
                   bytes->size(), kDigits);
  return seed;
}

}  // namespace paucal::spool
