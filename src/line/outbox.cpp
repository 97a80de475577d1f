#include "line/outbox.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstring>

#include "base/error.h"

namespace paucal::line {
namespace {

constexpr size_t kPlaceBytes = 24;  // digits, blanks, a newline

Failure outbox_failure(const std::filesystem::path& path) {
  return failure("outbox", "'{}': {}", path.string(), std::strerror(errno));
}

std::optional<uint64_t> read_place(int fd) {
  char text[kPlaceBytes];
  if (::pread(fd, text, sizeof(text), 0) != static_cast<ssize_t>(sizeof(text))) return std::nullopt;
  uint64_t place = 0;
  const auto [end, error] = std::from_chars(text, text + sizeof(text), place);
  if (error != std::errc() || *end != ' ' || text[kPlaceBytes - 1] != '\n') return std::nullopt;
  return place;
}

uint64_t size_of(int fd) {
  struct stat info {};
  return ::fstat(fd, &info) == 0 ? static_cast<uint64_t>(info.st_size) : 0;
}

bool begins_a_line(int fd, uint64_t place) {
  char before = 0;
  return place == 0 ||
         (::pread(fd, &before, 1, static_cast<off_t>(place - 1)) == 1 && before == '\n');
}

// As to_text() of a result line begins.
uint32_t part_of(std::string_view text) {
  constexpr std::string_view kBegin = "{\"part\":";
  uint32_t part = 0;
  if (text.starts_with(kBegin))
    std::from_chars(text.data() + kBegin.size(), text.data() + text.size(), part);
  return part;
}

}  // namespace

Result<Outbox> Outbox::open(const std::filesystem::path& results, const std::string& name,
                            uint64_t most) {
  Descriptor lines(::open(results.c_str(), O_RDONLY | O_CLOEXEC));
  if (!lines.ok()) return outbox_failure(results);
  const std::filesystem::path path = results.string() + "." + name;
  Descriptor place(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644));
  if (!place.ok()) return outbox_failure(path);
  const bool fresh = size_of(place.get()) == 0;
  Outbox outbox(std::move(lines), std::move(place), most);
  const uint64_t size = size_of(outbox.results_.get());
  auto begin = fresh ? size : read_place(outbox.place_.get()).value_or(0);
  // Of another results file, which took the place of the one before.
  if (begin > size || !begins_a_line(outbox.results_.get(), begin)) begin = 0;
  outbox.store(begin);
  outbox.rewind();
  return outbox;
}

void Outbox::store(uint64_t place) {
  acknowledged_ = place;
  std::string text = std::to_string(place);
  text.resize(kPlaceBytes - 1, ' ');
  text += '\n';
  [[maybe_unused]] const ssize_t written = ::pwrite(place_.get(), text.data(), text.size(), 0);
}

void Outbox::rewind() {
  handed_out_ = acknowledged_;
  buffer_.clear();
}

bool Outbox::fill() {
  char chunk[64 << 10];
  const ssize_t got = ::pread(results_.get(), chunk, sizeof(chunk),
                              static_cast<off_t>(handed_out_ + buffer_.size()));
  if (got <= 0) return false;
  buffer_.append(chunk, static_cast<size_t>(got));
  return true;
}

std::optional<Letter> Outbox::next(uint32_t newest) {
  while (true) {
    size_t end = buffer_.find('\n');
    while (end == std::string::npos) {
      const size_t searched = buffer_.size();
      if (!fill()) return std::nullopt;
      end = buffer_.find('\n', searched);
    }
    Letter letter{buffer_.substr(0, end), part_of(buffer_), handed_out_ + end + 1};
    buffer_.erase(0, end + 1);
    handed_out_ = letter.end;
    const bool too_old = newest >= letter.part && newest - letter.part >= most_;
    if (!too_old && letter.part != 0) return letter;
    if (too_old) ++skipped_;
    store(letter.end);
  }
}

void Outbox::acknowledge(const Letter& letter) {
  if (letter.end > acknowledged_) store(letter.end);
}

bool Outbox::empty() {
  return acknowledged_ >= size_of(results_.get());
}

}  // namespace paucal::line
