// Manifests of unlabelled images, of any length: CSV and JSON lines.

#include <algorithm>
#include <charconv>
#include <optional>
#include <unordered_map>

#include "base/error.h"
#include "base/json_text.h"
#include "data/files/csv.h"
#include "data/unlabelled/unlabelled_lister.h"
#include "labels/json_fields.h"

namespace paucal::data {
namespace fs = std::filesystem;
namespace {

using Kind = UnlabelledSource::Kind;

constexpr int64_t kReleaseLines = 1 << 16;

// A whole file, or bytes of one.
struct ManifestLine {
  std::string path, name, offset, size, class_name, split;
};

std::optional<uint64_t> whole_number(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool all = error == std::errc() && end == text.data() + text.size();
  return all ? std::optional(value) : std::nullopt;
}

class Manifest {
 public:
  Manifest(const std::string& path, UnlabelledLister& lister)
      : path_(path), full_(lister.root() / path), lister_(lister) {
    auto file = map_file(full_);
    if (!file.ok()) fail("manifest", "{}", file.failure().message);
    if (file->bytes.empty()) fail("manifest", "'{}': 0 bytes", full_.string());
    pages_ = std::move(*file);
    lister.add_source(stamped(lister.root(), path, Kind::kManifest));
    whole_files_ = lister.add_source({".", Kind::kFolder});
    const std::string own = fs::path(path).replace_extension(".bin").string();
    bytes_beside_ = fs::exists(lister.root() / own) ? own : "images.bin";
  }

  void csv() {
    const std::string origin = full_.string();
    CsvReader reader = value_or_throw(CsvReader::open(text(), origin));
    const auto& columns = reader.columns();
    const auto column = [&](std::string_view name) {
      return std::ranges::find(columns, name) - columns.begin();
    };
    const auto count = std::ssize(columns);
    const auto path = column("path"), name = column("name"), offset = column("offset"),
               size = column("size"), split = column("split"),
               class_name = column(column("class") < count ? "class" : "label");
    if (path == count && name == count)
      fail("manifest", "'{}': columns {}, expected path (or name)[, offset, size, class, split]",
           origin, fmt::join(columns, ", "));
    for (;;) {
      auto row = value_or_throw(reader.next());
      if (!row) return;
      const auto field = [&](std::ptrdiff_t at) {
        return at < count ? std::move(row->fields[static_cast<size_t>(at)]) : std::string();
      };
      if (std::ssize(row->fields) == count)
        line(row->line, {field(path), field(name), field(offset), field(size), field(class_name),
                         field(split)});
      else
        bad_line(row->line,
                 fmt::format("{} fields, expected {} as in the header", row->fields.size(), count));
      if (row->line % kReleaseLines == 0) release_mapped(pages_.bytes);
    }
  }

  void jsonl() {
    std::string_view rest = text();
    for (int64_t number = 1; !rest.empty(); ++number) {
      const size_t end = std::min(rest.find('\n'), rest.size());
      json_line(number, trim(rest.substr(0, end)));
      rest.remove_prefix(std::min(end + 1, rest.size()));
      if (number % kReleaseLines == 0) release_mapped(pages_.bytes);
    }
  }

 private:
  struct Pack {
    uint32_t source = 0;
    uint64_t size = 0;
  };

  std::string_view text() const {
    std::string_view text(reinterpret_cast<const char*>(pages_.bytes.data()), pages_.bytes.size());
    if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
    return text;
  }

  void bad_line(int64_t line, std::string_view what) {
    lister_.problem(path_, "bad-line", fmt::format("line {}: {}", line, what));
  }

  void json_line(int64_t number, std::string_view text) {
    if (text.empty()) return;
    const Result<Json> parsed = parse_json(text, fmt::format("line {}", number));
    if (!parsed.ok() || !parsed->is_object()) return bad_line(number, "expected an object {…}");
    const Json& json = *parsed;
    const auto value = [&](const char* key) {
      const Json* found = labels::member(json, key);
      return found && found->is_number() ? found->dump() : labels::text_member(json, key);
    };
    line(number,
         {labels::text_member(json, "path"), labels::text_member(json, "name"), value("offset"),
          value("size"), value(labels::member(json, "class") ? "class" : "label"),
          labels::text_member(json, "split")});
  }

  void line(int64_t number, const ManifestLine& line) {
    const auto split = labels::parse_split(line.split);
    if (!split)
      return bad_line(
          number, fmt::format("split is '{}', expected train, val, test or nothing", line.split));
    if (*split == labels::Split::kVal || *split == labels::Split::kTest) {
      ++lister_.report().held_out;
      return;
    }
    const bool whole = line.offset.empty() && line.size.empty();
    const std::string& named = !line.path.empty() ? line.path : whole ? line.name : bytes_beside_;
    const std::string path = fs::path(named).lexically_normal().generic_string();
    if (named.empty()) return bad_line(number, "no path");
    if (!stays_below(path) || !has_inside_folder(path))
      return lister_.problem(path, "outside",
                             fmt::format("leads out of '{}'", lister_.root().string()));
    if (whole && is_tar(path)) return lister_.archive(path);
    if (whole) return lister_.file(whole_files_, ".", path, line.class_name);
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
    lister_.add(pack->source, line.name.empty() ? line.offset : line.name, *offset, *size, path,
                line.class_name);
  }

  // Links of folders are looked up once for the many lines of a folder. One that is not there
  // leads nowhere, and its file is missing.
  bool has_inside_folder(const std::string& path) {
    const std::string parent = fs::path(path).parent_path().string();
    if (parent != parent_) {
      parent_ = parent;
      std::error_code error;
      const fs::path real = fs::canonical(lister_.root() / parent, error);
      const auto& root = lister_.root();
      parent_is_inside_ = error || std::ranges::mismatch(root, real).in1 == root.end();
    }
    return parent_is_inside_;
  }

  // Null, with a problem, where it cannot be used.
  const Pack* pack(const std::string& path) {
    const auto [entry, is_new] = packs_.try_emplace(path);
    if (is_new) {
      const auto file = InputFile::open(lister_.root() / path);
      if (file.ok())
        entry->second =
            Pack{lister_.add_source(stamped(lister_.root(), path, Kind::kPack)), file->size()};
      else
        lister_.problem(path, "missing", file.failure().message);
    } else if (!entry->second) {
      ++lister_.report().problem_count;
    }
    return entry->second ? &*entry->second : nullptr;
  }

  std::string path_;
  fs::path full_;
  UnlabelledLister& lister_;
  SharedBytes pages_;
  uint32_t whole_files_ = 0;
  std::string bytes_beside_;
  std::string parent_;
  bool parent_is_inside_ = true;
  std::unordered_map<std::string, std::optional<Pack>> packs_;
};

}  // namespace

void list_csv_manifest(const std::string& path, UnlabelledLister& lister) {
  Manifest(path, lister).csv();
}

void list_jsonl_manifest(const std::string& path, UnlabelledLister& lister) {
  Manifest(path, lister).jsonl();
}

}  // namespace paucal::data
