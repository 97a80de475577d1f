#include "data/files/csv.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "base/text.h"

namespace paucal::data {
namespace {

constexpr std::string_view kCsvPlace = "csv";
constexpr uint64_t kMaxBytes = uint64_t{1} << 28;

}  // namespace

int CsvTable::column(std::string_view name) const {
  const auto it = std::ranges::find(columns, name);
  return it == columns.end() ? -1 : static_cast<int>(it - columns.begin());
}

Result<CsvRow> CsvReader::row() {
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
    if (field.find('\0') != field.npos)
      return failure(kCsvPlace, "'{}': not text in UTF-8 (UTF-16?): save it as CSV UTF-8", origin_);
    if (field.find('\xEE') != field.npos) field = unescape_bytes(field);
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

Result<std::string> CsvReader::quoted() {
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
  if (done()) return failure(kCsvPlace, "'{}' line {}: the quote is never closed", origin_, begin);
  ++at_;
  if (!done() && !at_line_end() && text_[at_] != separator_)
    return failure(kCsvPlace, "'{}' line {}: text after a closing quote, expected '{}' or the end",
                   origin_, line_, separator_);
  return field;
}

Result<std::optional<CsvRow>> CsvReader::next() {
  while (!done()) {
    Result<CsvRow> row = this->row();
    if (!row.ok()) return row.failure();
    if (row->fields.size() != 1 || !row->fields[0].empty()) return std::optional(std::move(*row));
  }
  return std::optional<CsvRow>();
}

Result<CsvReader> CsvReader::open(std::string_view text, std::string_view origin) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  if (text.starts_with("\xFF\xFE"))
    return failure(kCsvPlace, "'{}': not text in UTF-8 (UTF-16?): save it as CSV UTF-8", origin);
  CsvReader reader(text, origin);
  const std::string_view first = text.substr(0, text.find_first_of("\r\n"));
  if (first.find(',') == first.npos)
    reader.separator_ = first.find(';') != first.npos    ? ';'
                        : first.find('\t') != first.npos ? '\t'
                                                         : ',';
  Result<std::optional<CsvRow>> header = reader.next();
  if (!header.ok()) return header.failure();
  if (!*header) return failure(kCsvPlace, "'{}': no header line", origin);
  for (const auto& name : (*header)->fields) reader.columns_.push_back(lower(trim(name)));
  for (const auto& name : reader.columns_)
    if (!name.empty() && std::ranges::count(reader.columns_, name) > 1)
      return failure(kCsvPlace, "'{}' line 1: column '{}' stands twice", origin, name);
  return reader;
}

Result<CsvTable> parse_csv(std::string_view text, std::string_view origin) {
  Result<CsvReader> reader = CsvReader::open(text, origin);
  if (!reader.ok()) return reader.failure();
  CsvTable table;
  table.columns = reader->columns();
  for (;;) {
    Result<std::optional<CsvRow>> row = reader->next();
    if (!row.ok()) return row.failure();
    if (!*row) return table;
    table.rows.push_back(std::move(**row));
  }
}

Result<CsvTable> read_csv(const std::filesystem::path& path) {
  Result<Bytes> data = read_file(path, kMaxBytes);
  if (!data.ok()) return data.failure();
  return parse_csv({reinterpret_cast<const char*>(data->data()), data->size()}, path.string());
}

std::string csv_field(std::string_view text) {
  const bool plain = text.find_first_of(",;\"\r\n\t") == text.npos && trim(text) == text;
  if (plain) return escape_bytes(text);
  std::string quoted = "\"";
  for (const char c : escape_bytes(text)) {
    if (c == '"') quoted += '"';
    quoted += c;
  }
  return quoted + '"';
}

}  // namespace paucal::data
