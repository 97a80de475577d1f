#include "data/unlabelled_scan.h"

#include <algorithm>
#include <charconv>
#include <optional>
#include <ranges>
#include <unordered_map>

#include "base/error.h"
#include "base/log.h"
#include "base/progress.h"
#include "data/csv.h"
#include "data/json_fields.h"
#include "data/tar.h"
#include "edge/format/model_file.h"

namespace paucal::data {
namespace fs = std::filesystem;
namespace {

using Kind = UnlabelledSource::Kind;

constexpr std::string_view kPlace = "unlabelled";
constexpr size_t kShownProblems = 20;

std::string join(const std::string& folder, const std::string& name) {
  return folder == "." ? name : fmt::format("{}/{}", folder, name);
}

bool is_tar(std::string_view path) {
  return lower(path).ends_with(".tar");
}

bool is_hidden(std::string_view path) {
  return path.substr(path.find_last_of('/') + 1).starts_with('.');  // npos + 1 is 0
}

// One line of a manifest: a whole file, or a part of one.
struct Line {
  std::string path, offset, size;
};

std::optional<uint64_t> whole_number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool all = error == std::errc() && end == text.data() + text.size();
  return all ? std::optional(value) : std::nullopt;
}

class Scan {
 public:
  Scan(const fs::path& root, const fs::path& index)
      : root_(root), writer_(index, root), progress_("list images", 0) {}

  void folders() {
    std::vector<std::string> open = {"."};
    while (!open.empty()) {
      const std::string folder = std::move(open.back());
      open.pop_back();
      std::vector<std::string> inner = this->folder(folder);
      // The last is taken first.
      for (auto& name : inner | std::views::reverse) open.push_back(join(folder, name));
    }
  }

  void archive(const std::string& path) {
    const auto file = InputFile::open(root_ / path);
    if (!is_inside(root_ / path) || !file.ok())
      return file.ok() ? outside(path) : problem(path, "unreadable", file.failure().message);
    const uint32_t source = writer_.add_source(stamped(root_, path, Kind::kPack));
    const auto read = [&](uint64_t offset, uint64_t size) { return file->read(offset, size); };
    TarReader reader(read, file->size(), path);
    for (;;) {
      const auto next = reader.next();
      if (!next.ok()) return problem(path, "bad-archive", next.failure().message);
      if (!*next) return;
      const auto& [name, offset, size] = **next;
      if (is_hidden(name) || !has_image_extension(name)) {
        ++report_.other_files;
      } else {
        add(source, name, offset, size, path);
      }
    }
  }

  void csv_manifest(const std::string& path) {
    const auto [text, pages] = manifest(path);
    const std::string origin = (root_ / path).string();
    CsvReader reader = value_or_throw(CsvReader::open(text, origin));
    const auto column = [&](std::string_view name) {
      return std::ranges::find(reader.columns(), name) - reader.columns().begin();
    };
    const auto count = std::ssize(reader.columns());
    const auto name = column("path") < count ? column("path") : column("name");
    const auto offset = column("offset"), size = column("size");
    if (name == count)
      fail("manifest", "'{}': columns {}, expected path (or name)[, offset, size]", origin,
           fmt::join(reader.columns(), ", "));
    for (;;) {
      const auto row = value_or_throw(reader.next());
      if (!row) return;
      const auto& fields = row->fields;
      const auto field = [&](std::ptrdiff_t at) {
        return at < count ? fields[static_cast<size_t>(at)] : std::string();
      };
      if (std::ssize(fields) == count) {
        line(row->line, {field(name), field(offset), field(size)});
      } else {
        bad_line(row->line,
                 fmt::format("{} fields, expected {} as in the header", fields.size(), count));
      }
      if (row->line % kReleaseLines == 0) release_mapped(pages.bytes);
    }
  }

  void jsonl_manifest(const std::string& path) {
    auto [text, pages] = manifest(path);
    for (int64_t number = 1; !text.empty(); ++number) {
      const size_t end = std::min(text.find('\n'), text.size());
      json_line(number, trim(text.substr(0, end)));
      text.remove_prefix(std::min(end + 1, text.size()));
      if (number % kReleaseLines == 0) release_mapped(pages.bytes);
    }
  }

  UnlabelledReport finish(const fs::path& source) {
    report_.images = writer_.size();
    if (report_.images == 0)
      fail(kPlace, "'{}': no image in it; {} files of other kinds, {} problems{}", source.string(),
           report_.other_files, report_.problem_count,
           report_.problems.empty() ? "" : ": " + report_.problems[0].message);
    writer_.commit();
    return std::move(report_);
  }

 private:
  static constexpr int64_t kReleaseLines = 1 << 16;

  struct Pack {
    uint32_t source = 0;
    uint64_t size = 0;
  };

  void problem(const std::string& path, const char* kind, std::string message) {
    ++report_.problem_count;
    if (report_.problems.size() < kShownProblems)
      report_.problems.push_back({path, kind, std::move(message)});
  }
  void bad_line(int64_t line, std::string_view what) {
    problem(manifest_, "bad-line", fmt::format("line {}: {}", line, what));
  }
  void outside(const std::string& path) {
    problem(path, "outside", fmt::format("leads out of '{}'", root_.string()));
  }

  // Wherever its links lead.
  bool is_inside(const fs::path& path) const {
    std::error_code error;
    const fs::path real = fs::canonical(path, error);
    return !error && std::ranges::mismatch(root_, real).in1 == root_.end();
  }

  // `pack`: the archive that it is in, or "".
  void add(uint32_t source, const std::string& name, uint64_t offset, uint64_t size,
           const std::string& pack) {
    const std::string& path = pack.empty() ? name : pack;
    if (name.size() >= UnlabelledIndex::kMaxNameBytes || name.find('\0') != name.npos) {
      problem(path, "unreadable",
              fmt::format("a name of {} bytes, expected below {} and no NUL", name.size(),
                          UnlabelledIndex::kMaxNameBytes));
    } else if (size == 0) {
      problem(path, "empty", fmt::format("'{}': 0 bytes", name));
    } else if (size > UnlabelledIndex::kMaxImageBytes) {
      problem(path, "unreadable",
              fmt::format("'{}': {} bytes, expected at most {}", name, size,
                          UnlabelledIndex::kMaxImageBytes));
    } else {
      writer_.add(source, name, offset, size);
      progress_.advance();
    }
  }

  // A whole file, named `name` in the folder that is `source`.
  void file(uint32_t source, const std::string& folder, const std::string& name) {
    const std::string path = join(folder, name);
    std::error_code error;
    const fs::directory_entry entry(root_ / path, error);
    if (error || !entry.exists(error)) {
      problem(path, "missing", fmt::format("'{}': no such file", path));
    } else if (entry.is_symlink() && !is_inside(entry.path())) {
      outside(path);
    } else if (!entry.is_regular_file(error)) {
      problem(path, "unreadable", fmt::format("'{}': not a regular file", path));
    } else {
      add(source, name, 0, entry.file_size(error), "");
    }
  }

  // Lists its files, and returns the names of its folders.
  std::vector<std::string> folder(const std::string& folder) {
    const uint32_t source = writer_.add_source(stamped(root_, folder, Kind::kFolder));
    std::vector<std::string> files, folders;
    std::error_code error, ignored;
    fs::directory_iterator entry(root_ / folder, error);
    for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
      std::string name = entry->path().filename().string();
      if (name.starts_with('.')) continue;
      if (!entry->is_directory(ignored)) {
        if (has_image_extension(name) || is_tar(name)) {
          files.push_back(std::move(name));
        } else {
          ++report_.other_files;
        }
      } else if (entry->is_symlink(ignored)) {
        problem(join(folder, name), "folder-link", "a link to a folder, not followed");
      } else {
        folders.push_back(std::move(name));
      }
    }
    if (error) problem(folder, "unreadable", fmt::format("'{}': {}", folder, error.message()));
    std::ranges::sort(files);
    std::ranges::sort(folders);
    for (const auto& name : files)
      is_tar(name) ? archive(join(folder, name)) : file(source, folder, name);
    return folders;
  }

  // Its text, and what keeps it in memory.
  std::pair<std::string_view, edge::ConstantData> manifest(const std::string& path) {
    manifest_ = path;
    const fs::path full = root_ / path;
    std::error_code error;
    if (fs::file_size(full, error) == 0 && !error) fail("manifest", "'{}': 0 bytes", full.string());
    auto file = edge::map_file(full);
    if (!file.ok()) fail("manifest", "{}", file.failure().message);
    writer_.add_source(stamped(root_, path, Kind::kManifest));
    whole_files_ = writer_.add_source({".", Kind::kFolder, 0, 0});
    std::string_view text(reinterpret_cast<const char*>(file->bytes.data()), file->bytes.size());
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    return {text, std::move(*file)};
  }

  void json_line(int64_t number, std::string_view text) {
    if (text.empty()) return;
    const Json json = Json::parse(text, nullptr, false);
    if (!json.is_object()) return bad_line(number, "expected an object {…}");
    const auto digits = [&](const char* key) {
      const Json* found = member(json, key);
      return found && found->is_number() ? found->dump() : text_member(json, key);
    };
    std::string path = text_member(json, "path");
    if (path.empty()) path = text_member(json, "name");
    line(number, {std::move(path), digits("offset"), digits("size")});
  }

  void line(int64_t number, const Line& line) {
    const std::string path = fs::path(line.path).lexically_normal().generic_string();
    if (line.path.empty()) return bad_line(number, "no path");
    if (!stays_below(path) || !has_inside_folder(path)) return outside(path);
    if (line.offset.empty() && line.size.empty()) return file(whole_files_, ".", path);
    const auto offset = whole_number(line.offset), size = whole_number(line.size);
    if (!offset || !size)
      return bad_line(number, fmt::format("offset is '{}' and size '{}', expected two whole "
                                          "numbers, or neither",
                                          line.offset, line.size));
    const Pack* pack = this->pack(path);
    if (!pack) return;
    if (*offset > pack->size || *size > pack->size - *offset)
      return bad_line(number, fmt::format("{} bytes from byte {}, expected within the {} of '{}'",
                                          *size, *offset, pack->size, path));
    add(pack->source, std::to_string(*offset), *offset, *size, path);
  }

  // Links of folders are looked up once for the many lines of a folder. One that is not there
  // leads nowhere, and its file is missing.
  bool has_inside_folder(const std::string& path) {
    const std::string parent = fs::path(path).parent_path().string();
    if (parent != parent_) {
      parent_ = parent;
      parent_is_inside_ = !fs::exists(root_ / parent) || is_inside(root_ / parent);
    }
    return parent_is_inside_;
  }

  // Null, with a problem, where it cannot be used.
  const Pack* pack(const std::string& path) {
    const auto [entry, is_new] = packs_.try_emplace(path);
    if (is_new) {
      const auto file = InputFile::open(root_ / path);
      if (!file.ok()) {
        problem(path, "missing", file.failure().message);
      } else if (!is_inside(root_ / path)) {
        outside(path);
      } else {
        entry->second = Pack{writer_.add_source(stamped(root_, path, Kind::kPack)), file->size()};
      }
    }
    if (!is_new && !entry->second) ++report_.problem_count;
    return entry->second ? &*entry->second : nullptr;
  }

  fs::path root_;  // canonical
  UnlabelledIndexWriter writer_;
  UnlabelledReport report_;
  Progress progress_;
  std::string manifest_;
  uint32_t whole_files_ = 0;
  std::string parent_;
  bool parent_is_inside_ = true;
  std::unordered_map<std::string, std::optional<Pack>> packs_;
};

bool is_index(const fs::path& path) {
  const auto file = InputFile::open(path);
  if (!file.ok()) return false;
  const auto magic = file->read(0, UnlabelledIndex::kMagic.size());
  return magic.ok() && std::ranges::equal(*magic, UnlabelledIndex::kMagic,
                                          [](uint8_t a, char b) { return a == uint8_t(b); });
}

// A folder is itself, a file its folder's canonical path and its name.
fs::path canonical_source(const fs::path& source) {
  std::error_code error;
  const fs::path full = fs::absolute(source);
  const fs::path real = fs::is_directory(full)
                            ? fs::canonical(full, error)
                            : fs::canonical(full.parent_path(), error) / full.filename();
  if (error || !fs::exists(real, error))
    fail(kPlace, "'{}': no such file or folder", source.string());
  return real;
}

}  // namespace

UnlabelledReport index_unlabelled(const fs::path& source, const fs::path& index) {
  const fs::path real = canonical_source(source);
  const std::string name = real.filename().string(), ending = lower(real.extension().string());
  const bool is_folder = fs::is_directory(real);
  if (is_folder) {
    const fs::path place = fs::weakly_canonical(fs::absolute(index));
    if (std::ranges::mismatch(real, place).in1 == real.end())
      fail(kPlace, "'{}': expected outside of '{}', which would change by it", index.string(),
           source.string());
  } else if (ending != ".tar" && ending != ".csv" && ending != ".jsonl") {
    fail(kPlace, "'{}': expected a folder, .tar, .csv, .jsonl or an index of images",
         source.string());
  }
  Scan scan(is_folder ? real : real.parent_path(), index);
  if (is_folder) scan.folders();
  if (ending == ".tar" && !is_folder) scan.archive(name);
  if (ending == ".csv" && !is_folder) scan.csv_manifest(name);
  if (ending == ".jsonl" && !is_folder) scan.jsonl_manifest(name);
  return scan.finish(source);
}

UnlabelledIndex open_unlabelled(const fs::path& source, const fs::path& index,
                                UnlabelledReport* report) {
  if (is_index(source)) return UnlabelledIndex::open(source);
  const fs::path real = canonical_source(source);
  if (fs::exists(index)) {
    try {
      UnlabelledIndex found = UnlabelledIndex::open(index);
      const std::string reason = found.source() == real
                                     ? found.stale()
                                     : fmt::format("it lists '{}'", found.source().string());
      if (reason.empty()) return found;
      log::info("'{}' is made anew: {}", index.string(), reason);
    } catch (const Error& error) {
      log::warn("'{}' is made anew: {}", index.string(), error.message());
    }
  }
  UnlabelledReport found = index_unlabelled(source, index);
  if (report) *report = std::move(found);
  return UnlabelledIndex::open(index);
}

}  // namespace paucal::data
