#pragma once
// Comma-separated values by RFC 4180, as spreadsheets write them: quotes, BOM, CRLF, and ';' or
// TAB between the fields where the header uses it.

#include <filesystem>
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

// `origin` names the text in messages. Fails on an empty text, NUL bytes (UTF-16), a quote that is
// never closed, text after a closing quote, and columns named twice.
Result<CsvTable> parse_csv(std::string_view text, std::string_view origin);
Result<CsvTable> read_csv(const std::filesystem::path& path);  // at most 256 MiB

// The field, quoted where it must be.
std::string csv_field(std::string_view text);

}  // namespace paucal::data
