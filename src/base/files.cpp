#include "base/files.h"

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <algorithm>
#include <cctype>

#include "base/error.h"
#include "base/file_access.h"
#include "base/json_text.h"

namespace paucal {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kPlace = "files";

}  // namespace

Result<Bytes> read_file(const fs::path& path, uint64_t limit) {
  const Result<InputFile> file = InputFile::open(path);
  if (!file.ok()) return file.failure();
  if (file->size() > limit)
    return failure(kPlace, "'{}': {} bytes, expected at most {}", path.string(), file->size(),
                   limit);
  return file->read(0, file->size());
}

std::string read_text(const fs::path& path) {
  const Bytes data = value_or_throw(read_file(path));
  return std::string(data.begin(), data.end());
}

void write_file_atomic(const fs::path& path, std::span<const uint8_t> data) {
  AtomicFile file(path);
  file.append(data);
  file.commit();
}

void write_text_atomic(const fs::path& path, std::string_view text) {
  write_file_atomic(path, {reinterpret_cast<const uint8_t*>(text.data()), text.size()});
}

Json read_json(const fs::path& path) {
  return value_or_throw(parse_json(read_text(path), path.string()));
}

void write_json(const fs::path& path, const Json& json) {
  write_text_atomic(path, dump_json(json, 2) + "\n");
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
      if (is_passed_over(path.filename().string())) continue;
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
  return std::ranges::any_of(kImageEndings, [&](auto ending) { return name.ends_with(ending); });
}

bool is_system_folder(std::string_view name) {
  static constexpr std::string_view kFolders[] = {
      "@eadir",       "#recycle", "@recycle", "#snapshot",  "__macosx",
      "$recycle.bin", "recycler", "recycled", "lost+found", "system volume information"};
  return std::ranges::find(kFolders, lower(name)) != std::end(kFolders);
}

bool is_passed_over(std::string_view name) {
  return name.starts_with('.') || is_system_folder(name);
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
