#include "data/unlabelled/unlabelled_index.h"

#include <sys/stat.h>

#include <algorithm>
#include <bit>
#include <cstring>
#include <ranges>

#include "base/crc32c.h"
#include "base/error.h"

namespace paucal::data {
namespace fs = std::filesystem;
namespace {

static_assert(std::endian::native == std::endian::little, "index files are little-endian");

constexpr std::string_view kUnlabelledIndexPlace = "unlabelled";
constexpr uint32_t kVersion = 1;

struct Header {
  char magic[8];
  uint32_t version, sources;
  uint64_t images, name_bytes, source_bytes;
  uint32_t crc, zero;
};
constexpr size_t kCrcOffset = 40;
static_assert(sizeof(Header) == 48 && offsetof(Header, crc) == kCrcOffset);

template <class T>
std::span<const uint8_t> bytes_of(const T& value) {
  return {reinterpret_cast<const uint8_t*>(&value), sizeof value};
}
std::span<const uint8_t> bytes_of(std::string_view text) {
  return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

uint32_t checksum(const Header& header, std::span<const uint8_t> source_table) {
  return crc32c(source_table, crc32c(bytes_of(header).first(kCrcOffset)));
}

template <class T>
void put(std::string& table, const T& value) {
  table.append(reinterpret_cast<const char*>(&value), sizeof value);
}
void put_text(std::string& table, std::string_view text) {
  put(table, static_cast<uint32_t>(text.size()));
  table += text;
}

std::string first_folder(std::string_view path) {
  const size_t slash = path.find('/');
  return std::string(slash == path.npos ? "" : path.substr(0, slash));
}

// The source table, from its begin to its end.
class TableReader {
 public:
  TableReader(std::string_view table, const fs::path& origin) : rest_(table), origin_(origin) {}

  template <class T>
  T number() {
    T value;
    std::memcpy(&value, take(sizeof value).data(), sizeof value);
    return value;
  }
  std::string text() {
    const auto size = number<uint32_t>();
    return std::string(take(size));
  }
  bool done() const { return rest_.empty(); }

 private:
  std::string_view take(size_t size) {
    if (size > rest_.size())
      fail(kUnlabelledIndexPlace, "'{}': the source table ends {} bytes before its last source",
           origin_.string(), size - rest_.size());
    const std::string_view taken = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return taken;
  }

  std::string_view rest_;
  const fs::path& origin_;
};

}  // namespace

bool stays_below(std::string_view path) {
  if (path.empty() || path.starts_with('/') || path.find('\0') != path.npos) return false;
  for (size_t begin = 0; begin <= path.size();) {
    const size_t end = std::min(path.find('/', begin), path.size());
    if (path.substr(begin, end - begin) == "..") return false;
    begin = end + 1;
  }
  return true;
}

UnlabelledSource stamped(const fs::path& root, std::string path, UnlabelledSource::Kind kind) {
  UnlabelledSource source{std::move(path), kind, 0, 0};
  struct stat info {};
  if (::stat((root / source.path).c_str(), &info) == 0) {
    source.mtime = info.st_mtim.tv_sec * int64_t{1'000'000'000} + info.st_mtim.tv_nsec;
    source.size = static_cast<uint64_t>(info.st_size);
  }
  return source;
}

UnlabelledIndex UnlabelledIndex::open(const fs::path& path) {
  auto file = map_file(path);
  if (!file.ok()) fail(kUnlabelledIndexPlace, "{}", file.failure().message);
  if (file->bytes.empty())
    fail(kUnlabelledIndexPlace, "'{}': 0 bytes, expected an index of images", path.string());
  UnlabelledIndex index(std::move(*file), path);
  index.touched_ = std::make_unique<Touched>();
  index.release_some(0);
  return index;
}

UnlabelledIndex::UnlabelledIndex(SharedBytes file, const fs::path& origin)
    : file_(std::move(file)), origin_(origin) {
  const auto wrong = [&](std::string_view what) {
    fail(kUnlabelledIndexPlace, "'{}': {}", origin_.string(), what);
  };
  Header header{};
  const uint64_t bytes = file_.bytes.size();
  if (bytes >= sizeof header) std::memcpy(&header, file_.bytes.data(), sizeof header);
  if (std::string_view(header.magic, 8) != kMagic)
    wrong(fmt::format("no index of images ({} bytes)", bytes));
  if (header.version != kVersion)
    wrong(fmt::format("version {}, expected {}", header.version, kVersion));
  const uint64_t body = bytes - sizeof header;
  if (header.images > body / sizeof(Entry) || header.name_bytes > body ||
      header.source_bytes > body ||
      header.images * sizeof(Entry) + header.name_bytes + header.source_bytes != body)
    wrong(fmt::format("{} bytes, expected those of {} images, {} of names and {} of sources", bytes,
                      header.images, header.name_bytes, header.source_bytes));
  entries_ = file_.bytes.subspan(sizeof header, header.images * sizeof(Entry));
  names_ = file_.bytes.subspan(sizeof header + entries_.size(), header.name_bytes);
  const auto table = file_.bytes.last(header.source_bytes);
  const std::string_view text(reinterpret_cast<const char*>(table.data()), table.size());
  if (header.crc != checksum(header, bytes_of(text)) || header.zero != 0)
    wrong("the header's checksum does not match");
  if (header.sources == 0 || header.sources > UnlabelledIndexWriter::kMaxSources)
    wrong(fmt::format("{} sources, expected 1 to {}", header.sources,
                      UnlabelledIndexWriter::kMaxSources));

  size_ = static_cast<int64_t>(header.images);
  TableReader reader(text, origin_);
  root_ = reader.text();
  for (uint32_t i = 0; i < header.sources; ++i) {
    UnlabelledSource source;
    source.mtime = reader.number<int64_t>();
    source.size = reader.number<uint64_t>();
    const auto kind = reader.number<uint32_t>();
    source.path = reader.text();
    if (kind > UnlabelledSource::kManifest || !stays_below(source.path))
      wrong(fmt::format("source {}: '{}' of kind {}, expected a path below '{}', kind 0 to {}", i,
                        source.path, kind, root_.string(), int{UnlabelledSource::kManifest}));
    source.kind = static_cast<UnlabelledSource::Kind>(kind);
    sources_.push_back(std::move(source));
  }
  if (!reader.done()) wrong("bytes after the last source");
}

// Each touch at random maps the 16 pages around it, of the entry and of the name: 256 times are
// some 64 MiB. Walking on within a window is free.
void UnlabelledIndex::release_some(uint64_t offset) const {
  constexpr uint64_t kWindowBytes = 64 << 10, kWindows = 256;
  if (!touched_) return;
  const uint64_t window = offset / kWindowBytes;
  if (touched_->window.load(std::memory_order_relaxed) == window) return;
  touched_->window.store(window, std::memory_order_relaxed);
  if (touched_->count.fetch_add(1, std::memory_order_relaxed) % kWindows == 0)
    release_mapped(file_.bytes);
}

UnlabelledIndex::Entry UnlabelledIndex::entry(int64_t i) const {
  if (i < 0 || i >= size_)
    fail(kUnlabelledIndexPlace, "'{}': image {}, expected 0 to {}", origin_.string(), i, size_ - 1);
  const uint64_t offset = static_cast<uint64_t>(i) * sizeof(Entry);
  release_some(offset);
  Entry entry;
  std::memcpy(&entry, &entries_[offset], sizeof entry);
  if (entry.source >= sources_.size() || entry.name >= names_.size() || entry.size == 0 ||
      entry.size > kMaxImageBytes || sources_[entry.source].kind == UnlabelledSource::kManifest)
    fail(kUnlabelledIndexPlace,
         "'{}': image {} is damaged: name at {} of {}, {} bytes, source {} of {}", origin_.string(),
         i, entry.name, names_.size(), entry.size, entry.source, sources_.size());
  return entry;
}

std::string_view UnlabelledIndex::text(uint64_t at, int64_t i) const {
  const size_t limit = at < names_.size() ? std::min(kMaxNameBytes, names_.size() - at) : 0;
  const auto* begin = reinterpret_cast<const char*>(names_.data()) + at;
  const size_t size = ::strnlen(begin, limit);
  if (size == limit)
    fail(kUnlabelledIndexPlace, "'{}': image {}: its name has no end within {} bytes",
         origin_.string(), i, limit);
  return {begin, size};
}

std::string UnlabelledIndex::name_of(const Entry& entry, int64_t i) const {
  const UnlabelledSource& source = sources_[entry.source];
  const std::string_view own = text(entry.name, i);
  if (source.path == ".") return std::string(own);
  std::string name;
  name.reserve(source.path.size() + 1 + own.size());
  name += source.path;
  name += source.kind == UnlabelledSource::kFolder ? '/' : ':';
  return name += own;
}

std::string UnlabelledIndex::name(int64_t i) const {
  return name_of(entry(i), i);
}

std::string UnlabelledIndex::class_name(int64_t i) const {
  const Entry entry = this->entry(i);
  const auto name = text(entry.name, i), class_name = text(entry.name + name.size() + 1, i);
  const UnlabelledSource& source = sources_[entry.source];
  if (!class_name.empty()) return std::string(class_name);
  if (source.kind == UnlabelledSource::kFolder) return first_folder(name_of(entry, i));
  const std::string inner = first_folder(name);
  return inner.empty() ? first_folder(source.path) : inner;
}

std::string UnlabelledIndex::fingerprint() const {
  const auto header = file_.bytes.first(sizeof(Header));  // with the checksum of the sources
  const std::string_view text(reinterpret_cast<const char*>(header.data()), header.size());
  return Hasher().add(text).hex();
}

Bytes UnlabelledIndex::read(int64_t i) const {
  const Entry entry = this->entry(i);
  const std::string name = name_of(entry, i);
  const UnlabelledSource& source = sources_[entry.source];
  const bool whole = source.kind == UnlabelledSource::kFolder;
  if (whole && (!stays_below(name) || entry.offset != 0))
    fail(kUnlabelledIndexPlace,
         "'{}': image {} is '{}' from byte {}, expected a whole file below '{}'", origin_.string(),
         i, name, entry.offset, root_.string());
  const auto file = InputFile::open(root_ / (whole ? name : source.path));
  if (!file.ok()) fail(kUnlabelledIndexPlace, "image {}: {}", i, file.failure().message);
  if (whole && file->size() != entry.size)
    fail(kUnlabelledIndexPlace, "'{}': {} bytes, expected the {} of when it was listed", name,
         file->size(), entry.size);
  Bytes data = value_or_throw(file->read(entry.offset, entry.size));
  if (data.size() != entry.size)
    fail(kUnlabelledIndexPlace,
         "'{}': {} bytes from byte {}, expected the {} of when it was listed", name, data.size(),
         entry.offset, entry.size);
  return data;
}

fs::path UnlabelledIndex::source() const {
  return sources_[0].path == "." ? root_ : root_ / sources_[0].path;
}

std::string UnlabelledIndex::stale() const {
  for (const auto& source : sources_) {
    const UnlabelledSource now = stamped(root_, source.path, source.kind);
    if (source.mtime != 0 && (now.mtime != source.mtime || now.size != source.size))
      return fmt::format("'{}': changed since it was listed", (root_ / source.path).string());
  }
  return "";
}

UnlabelledIndexWriter::UnlabelledIndexWriter(const fs::path& path, const fs::path& root)
    : file_(path), names_(path.string() + ".names") {
  put_text(source_table_, root.string());
  file_.append(bytes_of(Header{}));  // room for it
}

uint32_t UnlabelledIndexWriter::add_source(UnlabelledSource source) {
  if (sources_ == kMaxSources)
    fail(kUnlabelledIndexPlace, "'{}': folders and packs are more than {}: join them", source.path,
         kMaxSources);
  put(source_table_, source.mtime);
  put(source_table_, source.size);
  put(source_table_, uint32_t{source.kind});
  put_text(source_table_, source.path);
  return sources_++;
}

void UnlabelledIndexWriter::add(uint32_t source, std::string_view name, uint64_t offset,
                                uint64_t size, std::string_view class_name) {
  file_.append(
      bytes_of(UnlabelledIndex::Entry{name_bytes_, offset, static_cast<uint32_t>(size), source}));
  for (const std::string_view text : {name, class_name}) {
    names_.append(bytes_of(text));
    names_.append(bytes_of('\0'));
    name_bytes_ += text.size() + 1;
  }
  ++size_;
}

void UnlabelledIndexWriter::commit() {
  constexpr uint64_t kChunk = 1 << 20;
  names_.flush();
  const auto names = value_or_throw(InputFile::open(names_.temporary()));
  for (uint64_t at = 0; at < names.size(); at += kChunk)
    file_.append(value_or_throw(names.read(at, kChunk)));
  file_.append(bytes_of(std::string_view(source_table_)));
  Header header{
      {}, kVersion, sources_, static_cast<uint64_t>(size_), name_bytes_, source_table_.size(),
      0,  0};
  std::ranges::copy(UnlabelledIndex::kMagic, header.magic);
  header.crc = checksum(header, bytes_of(std::string_view(source_table_)));
  file_.overwrite(0, bytes_of(header));
  file_.commit();
}

}  // namespace paucal::data
