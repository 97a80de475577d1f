#include "data/set/manifest.h"

#include <algorithm>
#include <unordered_map>

#include "base/error.h"
#include "base/files.h"
#include "base/json_text.h"
#include "data/files/csv.h"
#include "labels/class_key.h"
#include "labels/class_name.h"
#include "labels/json_fields.h"

namespace paucal::data {
namespace {

constexpr uint64_t kMaxManifestBytes = uint64_t{1} << 30;

// One line of a manifest, before its files are looked up.
struct ManifestRow {
  std::string name, class_name, split, group, mask, part;
};

class Builder {
 public:
  Builder(const std::filesystem::path& path, const FileIndex& files,
          const std::vector<std::string>& classes, LabelledSet& set)
      : origin_(path.filename().string()),
        files_(files),
        classes_(classes),
        dataset_(set.dataset),
        truth_(set.truth) {}

  void bad_line(int64_t line, const std::string& what) {
    dataset_.problems.push_back({origin_, "bad-line", fmt::format("line {}: {}", line, what)});
  }

  // The new record, or null where the line cannot be used.
  const Record* add(int64_t number, const ManifestRow& line) {
    const auto split = parse_split(line.split);
    if (line.name.empty() || labels::class_name(line.class_name).empty()) {
      bad_line(number, line.name.empty() ? "no path" : "no class");
      return nullptr;
    }
    if (!split) {
      bad_line(number,
               fmt::format("split is '{}', expected train, val, test or nothing", line.split));
      return nullptr;
    }
    Record record;
    record.path = files_.resolve(line.name);
    record.class_name = line.class_name;
    record.split = *split;
    record.group = line.group;
    record.part = line.part;
    if (record.path.empty()) {
      dataset_.problems.push_back({line.name, "missing",
                                   fmt::format("{} line {}: no such file below '{}'", origin_,
                                               number, files_.root().string())});
      return nullptr;
    }
    if (const auto [first, is_new] = first_.try_emplace(record.path, number, line.class_name);
        !is_new) {
      dataset_.problems.push_back(
          {record.path, "listed-twice",
           fmt::format("{} line {}: class '{}', but line {} says '{}'; expected one line an image",
                       origin_, number, line.class_name, first->second.first,
                       first->second.second)});
      return nullptr;
    }
    if (!names_class(classes_, record.class_name)) {
      dataset_.problems.push_back(
          {record.path, "unknown-class",
           fmt::format("{} line {}: class '{}', expected one of data.classes: {}", origin_, number,
                       record.class_name, fmt::join(classes_, ", "))});
      return nullptr;
    }
    if (!line.mask.empty()) {
      ImageTruth& truth = truth_.edit(record);
      truth.mask_path = files_.resolve(line.mask);
      truth.known = !truth.mask_path.empty();
      if (!truth.known)
        dataset_.problems.push_back(
            {line.mask, "mask-missing",
             fmt::format("{} line {}: mask of '{}'", origin_, number, record.path)});
    }
    dataset_.records.push_back(std::move(record));
    return &dataset_.records.back();
  }

  ImageTruth& truth(const Record& record) { return truth_.edit(record); }

 private:
  std::string origin_;
  // By path: the line and the class that came first.
  std::unordered_map<std::string, std::pair<int64_t, std::string>> first_;
  const FileIndex& files_;
  const std::vector<std::string>& classes_;
  Dataset& dataset_;
  Truth& truth_;
};

// A box in one of its two spellings, or nothing.
std::optional<labels::Instance> instance_of(const Json& json, const std::string& class_name) {
  const Json* corners = json.is_array() ? &json : labels::array_member(json, "box");
  labels::Instance instance;
  instance.class_name = labels::text_member(json, "class");
  if (instance.class_name.empty()) instance.class_name = class_name;
  if (const Json* polygon = labels::array_member(json, "polygon"))
    if (auto points = labels::points_of(*polygon); points.size() >= 3) {
      instance.box = labels::bounds_of(points);
      instance.polygons.push_back(std::move(points));
      if (!corners) return instance;
    }
  if (!corners || corners->size() != 4) return std::nullopt;
  std::array<float, 4> c{};
  for (size_t i = 0; i < 4; ++i) {
    const auto value = labels::coordinate((*corners)[i]);
    if (!value) return std::nullopt;
    c[i] = *value;
  }
  if (c[2] <= c[0] || c[3] <= c[1]) return std::nullopt;
  instance.box = {c[0], c[1], c[2], c[3]};
  return instance;
}

// Names may be numbers.
std::string text_or_number(const Json& json, const char* key) {
  const Json* found = labels::member(json, key);
  return found && found->is_number() ? found->dump() : labels::text_member(json, key);
}

std::string either(const Json& json, const char* first, const char* second) {
  std::string text = labels::text_member(json, first);
  return text.empty() ? labels::text_member(json, second) : text;
}

void read_json_line(int64_t number, const Json& json, Builder& builder) {
  if (!json.is_object()) return builder.bad_line(number, "expected an object {…}");
  ManifestRow line{either(json, "path", "name"),       labels::text_member(json, "class"),
                   labels::text_member(json, "split"), text_or_number(json, "group"),
                   labels::text_member(json, "mask"),  text_or_number(json, "part")};
  const Record* record = builder.add(number, line);
  const Json* boxes = labels::member(json, "boxes");
  if (!record || !boxes) return;
  if (!boxes->is_array()) return builder.bad_line(number, "boxes: expected a list");
  ImageTruth& truth = builder.truth(*record);
  truth.known = true;
  for (const Json& box : *boxes) {
    if (auto instance = instance_of(box, record->class_name)) {
      truth.objects.push_back(std::move(*instance));
    } else {
      builder.bad_line(number, "boxes: expected [x0, y0, x1, y1] with x0 < x1 and y0 < y1");
    }
  }
}

}  // namespace

bool names_class(const std::vector<std::string>& classes, const std::string& name) {
  return classes.empty() || labels::find_class(classes, name) >= 0;
}

void read_csv_manifest(const std::filesystem::path& path, const FileIndex& files,
                       const std::vector<std::string>& classes, LabelledSet& set) {
  const CsvTable table = value_or_throw(read_csv(path));
  const int name = table.column(table.column("path") >= 0 ? "path" : "name");
  const int class_name = table.column("class");
  if (name < 0 || class_name < 0)
    fail("manifest",
         "'{}': columns {}, expected path (or name) and class[, split, group, mask, part]",
         path.string(), fmt::join(table.columns, ", "));
  const int split = table.column("split");
  const int group = table.column("group");
  const int mask = table.column("mask");
  const int part = table.column("part");

  Builder builder(path, files, classes, set);
  for (const CsvRow& row : table.rows) {
    if (row.fields.size() != table.columns.size()) {
      builder.bad_line(row.line, fmt::format("{} fields, expected {} as in the header",
                                             row.fields.size(), table.columns.size()));
      continue;
    }
    const auto field = [&](int column) {
      return column < 0 ? std::string() : row.fields[static_cast<size_t>(column)];
    };
    builder.add(row.line, {field(name), field(class_name), field(split), field(group), field(mask),
                           field(part)});
  }
}

void read_jsonl_manifest(const std::filesystem::path& path, const FileIndex& files,
                         const std::vector<std::string>& classes, LabelledSet& set) {
  const Bytes data = value_or_throw(read_file(path, kMaxManifestBytes));
  std::string_view text(reinterpret_cast<const char*>(data.data()), data.size());
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  Builder builder(path, files, classes, set);
  for (int64_t number = 1; !text.empty(); ++number) {
    const size_t end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (trim(line).empty()) continue;
    const Result<Json> json = parse_json(line, fmt::format("line {}", number));
    if (json.ok())
      read_json_line(number, *json, builder);
    else
      builder.bad_line(number, json.failure().message);
  }
}

}  // namespace paucal::data
