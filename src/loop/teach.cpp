#include "loop/teach.h"

#include <algorithm>
#include <map>

#include "base/error.h"
#include "base/files.h"
#include "data/files/csv.h"
#include "loop/tables.h"
#include "review/export.h"
#include "review/import_run.h"

namespace paucal::loop {
namespace {

namespace fs = std::filesystem;
using review::Database;

// A column of a row; empty where there is none.
std::string cell(const data::CsvTable& table, const data::CsvRow& row, std::string_view column) {
  const int at = table.column(column);
  return at >= 0 && static_cast<size_t>(at) < row.fields.size()
             ? row.fields[static_cast<size_t>(at)]
             : std::string();
}

void link_file(const fs::path& from, const fs::path& to) {
  fs::create_directories(to.parent_path());
  std::error_code error;
  fs::create_symlink(from, to, error);
  if (error && error != std::errc::file_exists)
    fail("loop", "'{}': {}", to.string(), error.message());
}

std::string without_page(const std::string& path) {
  return path.substr(0, path.find('#'));
}

// Classes and verdicts of what people decided of the images below `folder`.
struct Decided {
  std::map<std::string, std::string> classes;  // by path
  int64_t ng = 0;
};

Decided decided_below(Database& database, const fs::path& folder,
                      const std::map<std::string, bool>& wanted) {
  Decided decided;
  const auto root = database.integer("SELECT id FROM root WHERE folder = ?", folder.string());
  if (!root) return decided;
  review::Exported counts;
  const auto table =
      value_or_throw(data::parse_csv(review::labels_csv(database, *root, counts), "labels.csv"));
  for (const data::CsvRow& row : table.rows) {
    const std::string path = cell(table, row, "path");
    if (!wanted.empty() && !wanted.contains(path)) continue;
    decided.classes[path] = cell(table, row, "class");
    decided.ng += cell(table, row, "verdict") == "NG";
  }
  return decided;
}

// The paths of the line's images, and whether each may teach.
std::map<std::string, bool> line_images(Database& database) {
  std::map<std::string, bool> images;
  if (!has_tables(database)) return images;
  for (auto rows = database.query("SELECT path, audit > 0 FROM loop_image JOIN image ON image.id = "
                                  "image_id");
       rows.step();)
    images[rows.text(0)] = rows.integer(1) == 0;
  return images;
}

}  // namespace

Taught write_teaching_set(review::Store& store, const fs::path& run, const fs::path& folder) {
  if (fs::exists(folder)) fail("loop", "'{}': is there, expected a new folder", folder.string());
  const fs::path root = review::run_root(run),
                 copies = fs::absolute(store.folder() / "images").lexically_normal();
  const auto split = value_or_throw(data::read_csv(run / "split.csv"));
  Taught taught;
  Decided old_decided, line_decided;
  store.read([&](Database& database) {
    old_decided = decided_below(database, root, {});
    std::map<std::string, bool> teaching = line_images(database);
    taught.left_out = std::erase_if(teaching, [](const auto& image) { return !image.second; });
    if (!teaching.empty()) line_decided = decided_below(database, copies, teaching);
  });
  std::string text = "path,class,split,group,mask,part\n";
  const auto add = [&](std::initializer_list<std::string> fields) {
    std::string line;
    for (const std::string& field : fields)
      line += (line.empty() ? "" : ",") + data::csv_field(field);
    text += line + "\n";
  };
  for (const data::CsvRow& row : split.rows) {
    const std::string path = cell(split, row, "path"), mask = cell(split, row, "mask");
    if (path.empty()) continue;
    const auto corrected = old_decided.classes.find(path);
    add({path,
         corrected == old_decided.classes.end() ? cell(split, row, "class") : corrected->second,
         cell(split, row, "split"), cell(split, row, "group"), mask, cell(split, row, "part")});
    for (const std::string& file : {without_page(path), mask})
      if (!file.empty()) link_file(root / file, folder / file);
    ++taught.old_images;
  }
  for (const auto& [path, name] : line_decided.classes) {
    const std::string inside = "from_the_line/" + path;
    add({inside, name, "train", "", "", ""});
    link_file(copies / path, folder / inside);
    ++taught.line_images;
  }
  taught.line_ng = line_decided.ng;
  write_text_atomic(folder / "split.csv", text);
  return taught;
}

}  // namespace paucal::loop
