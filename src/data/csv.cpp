#include "data/csv.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"

namespace paucal::data {
namespace {

constexpr std::string_view kPlace = "csv";
constexpr uint64_t kMaxBytes = uint64_t{1} << 28;

std::string_view trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// One pass over the text, row by row.
class Scanner {
 public:
  Scanner(std::string_view text, std::string_view origin, char separator)
      : text_(text), origin_(origin), separator_(separator) {}

  bool done() const { return at_ >= text_.size(); }

  Result<CsvRow> row() {
    CsvRow row;
    row.line = line_;
    for (;;) {
      std::string field;
      if (!done() && text_[at_] == '"') {
        Result<std::string> quoted = this->quoted();
        if (!quoted.ok()) return quoted.failure();
        field = std::move(*quoted);
      } else {
        const size_t begin = at_;
        while (!done() && !at_line_end() && text_[at_] != separator_) ++at_;
        field = trim(text_.substr(begin, at_ - begin));
      }
      row.fields.push_back(std::move(field));
      if (done()) return row;
      if (text_[at_] != separator_) break;
      ++at_;
    }
    if (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
    ++at_;
    ++line_;
    return row;
  }

 private:
  bool at_line_end() const { return text_[at_] == '\n' || text_[at_] == '\r'; }

  Result<std::string> quoted() {
    const int64_t begin = line_;
    std::string field;
    for (++at_; !done(); ++at_) {
      if (text_[at_] == '"') {
        if (at_ + 1 >= text_.size() || text_[at_ + 1] != '"') break;
        ++at_;  // "" inside quotes is one quote
      }
      if (text_[at_] == '\n') ++line_;
      field += text_[at_];
    }
    if (done()) return failure(kPlace, "'{}' line {}: the quote is never closed", origin_, begin);
    ++at_;
    if (!done() && !at_line_end() && text_[at_] != separator_)
      return failure(kPlace, "'{}' line {}: text after a closing quote, expected '{}' or the end",
                     origin_, line_, separator_);
    return field;
  }

  std::string_view text_, origin_;
  char separator_;
  size_t at_ = 0;
  int64_t line_ = 1;
};

}  // namespace

int CsvTable::column(std::string_view name) const {
  const auto it = std::ranges::find(columns, name);
  return it == columns.end() ? -1 : static_cast<int>(it - columns.begin());
}

Result<CsvTable> parse_csv(std::string_view text, std::string_view origin) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (const size_t nul = text.find('\0'); nul != text.npos || text.starts_with("\xFF\xFE"))
    return failure(kPlace, "'{}': not text in UTF-8 (UTF-16?): save it as CSV UTF-8", origin);
  const std::string_view first = text.substr(0, text.find_first_of("\r\n"));
  char separator = ',';
  if (first.find(',') == first.npos)
    separator = first.find(';') != first.npos ? ';' : first.find('\t') != first.npos ? '\t' : ',';

  CsvTable table;
  Scanner scanner(text, origin, separator);
  while (!scanner.done()) {
    Result<CsvRow> row = scanner.row();
    if (!row.ok()) return row.failure();
    if (row->fields.size() == 1 && row->fields[0].empty()) continue;
    if (table.columns.empty()) {
      for (const auto& name : row->fields) table.columns.push_back(lower(trim(name)));
    } else {
      table.rows.push_back(std::move(*row));
    }
  }
  if (table.columns.empty()) return failure(kPlace, "'{}': no header line", origin);
  for (const auto& name : table.columns)
    if (!name.empty() && std::ranges::count(table.columns, name) > 1)
      return failure(kPlace, "'{}' line 1: column '{}' stands twice", origin, name);
  return table;
}

Result<CsvTable> read_csv(const std::filesystem::path& path) {
  Result<Bytes> data = read_file(path, kMaxBytes);
  if (!data.ok()) return data.failure();
  return parse_csv({reinterpret_cast<const char*>(data->data()), data->size()}, path.string());
}

std::string csv_field(std::string_view text) {
  const bool plain = text.find_first_of(",;\"\r\n\t") == text.npos && trim(text) == text;
  if (plain) return std::string(text);
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace paucal::data
