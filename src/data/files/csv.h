#pragma once
// Comma-separated values by RFC 4180, as spreadsheets write them: quotes, BOM, CRLF, and ';' or
// TAB between the fields where the header uses it.

#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace paucal::data {

struct CsvRow {
  int64_t line = 0;  // where it begins, from 1
  std::vector<std::string> fields;
};

struct CsvTable {
  std::vector<std::string> columns;  // lower case, trimmed
  std::vector<CsvRow> rows;          // without blank lines; a row may be shorter or longer

  int column(std::string_view name) const;  // -1 where there is none
};

// Row by row, for lists too long to be held.
class CsvReader {
 public:
  // `text` and `origin` must outlive this. Reads the header.
  static Result<CsvReader> open(std::string_view text, std::string_view origin);

  const std::vector<std::string>& columns() const { return columns_; }  // as in CsvTable
  // The next row that is not blank; nothing at the end.
  Result<std::optional<CsvRow>> next();

 private:
  CsvReader(std::string_view text, std::string_view origin) : text_(text), origin_(origin) {}
  bool done() const { return at_ >= text_.size(); }
  bool at_line_end() const { return text_[at_] == '\n' || text_[at_] == '\r'; }
  Result<CsvRow> row();
  Result<std::string> quoted();

  std::string_view text_, origin_;
  char separator_ = ',';
  size_t at_ = 0;
  int64_t line_ = 1;
  std::vector<std::string> columns_;
};

// `origin` names the text in messages. Fails on an empty text, NUL bytes (UTF-16), a quote that is
// never closed, text after a closing quote, and columns named twice.
Result<CsvTable> parse_csv(std::string_view text, std::string_view origin);
Result<CsvTable> read_csv(const std::filesystem::path& path);  // at most 256 MiB

// The field, quoted where it must be.
std::string csv_field(std::string_view text);

}  // namespace paucal::data
