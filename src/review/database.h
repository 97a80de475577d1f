#pragma once
// SQLite 3 behind two small types. What goes wrong is thrown as Error, with the file and SQLite's
// own words: [review] 'parts/review.db': database or disk is full. A connection belongs to one
// thread at a time.

#include <concepts>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

struct sqlite3;
struct sqlite3_stmt;

namespace paucal::review {

class Database;

// One run of a prepared statement; at its end the statement can be used again. Values are bound,
// never written into the SQL.
class Statement {
 public:
  template <class... Values>
  Statement(Database& database, std::string_view sql, const Values&... values)
      : Statement(database, std::string(sql)) {
    int index = 0;
    (bind(++index, values), ...);
  }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;
  ~Statement();

  void bind(int index, double value);
  void bind(int index, std::string_view value);
  void bind(int index, std::nullopt_t);
  void bind(int index, std::integral auto value) { bind_integer(index, value); }
  void bind(int index, const char* value) { bind(index, std::string_view(value)); }
  void bind(int index, const std::string& value) { bind(index, std::string_view(value)); }
  template <class T>
  void bind(int index, const std::optional<T>& value) {
    if (value)
      bind(index, *value);
    else
      bind(index, std::nullopt);
  }

  bool step();  // whether there is a row

  // Columns of the row, from 0.
  bool is_null(int column) const;
  int64_t integer(int column) const;
  double real(int column) const;
  std::string text(int column) const;
  std::optional<int64_t> maybe_integer(int column) const {
    return is_null(column) ? std::nullopt : std::optional(integer(column));
  }

 private:
  Statement(Database& database, std::string sql);
  void bind_integer(int index, int64_t value);
  void require(int code) const;

  Database& database_;
  std::string sql_;
  sqlite3_stmt* statement_ = nullptr;
};

class Database {
 public:
  enum class Mode {
    kWrite,  // WAL, synchronous FULL; the one connection that writes and checkpoints
    kRead,   // read-only, never checkpoints
    kPlain,  // for copies that nobody else uses: no WAL
  };
  Database(const std::filesystem::path& file, Mode mode);
  Database(const Database&) = delete;
  Database& operator=(const Database&) = delete;
  ~Database();

  void execute(const std::string& script);  // of this program's own

  // for (auto rows = db.query("… WHERE id = ?", 7); rows.step();)
  template <class... Values>
  Statement query(std::string_view sql, const Values&... values) {
    return Statement(*this, sql, values...);
  }
  // Runs it to its end.
  template <class... Values>
  void run(std::string_view sql, const Values&... values) {
    Statement statement(*this, sql, values...);
    while (statement.step()) {
    }
  }
  // The first column of the first row; nothing where there is none, or where it is NULL.
  template <class... Values>
  std::optional<int64_t> integer(std::string_view sql, const Values&... values) {
    Statement statement(*this, sql, values...);
    return statement.step() ? statement.maybe_integer(0) : std::nullopt;
  }
  template <class... Values>
  std::optional<std::string> text(std::string_view sql, const Values&... values) {
    Statement statement(*this, sql, values...);
    return statement.step() && !statement.is_null(0) ? std::optional(statement.text(0))
                                                     : std::nullopt;
  }
  int64_t last_id() const;
  int64_t changes() const;  // of the last statement
  bool in_transaction() const;
  const std::filesystem::path& file() const { return file_; }

  [[noreturn]] void fail_now() const;  // with SQLite's message

  // Of the log that waits to be copied into the file; both return at once where somebody reads.
  void checkpoint(bool truncate);

 private:
  friend class Statement;
  sqlite3_stmt* take(const std::string& sql);
  void give_back(const std::string& sql, sqlite3_stmt* statement);

  std::filesystem::path file_;
  sqlite3* connection_ = nullptr;
  std::unordered_map<std::string, std::vector<sqlite3_stmt*>> idle_;
};

}  // namespace paucal::review
