#include "review/database.h"

#include <sqlite3.h>

#include "base/error.h"

namespace paucal::review {
namespace {

constexpr int kBusyMilliseconds = 5000;
constexpr int kMaxValueBytes = 256 << 20;  // of a bulk's event, which names all that it changes

int flags_of(Database::Mode mode) {
  const int access = mode == Database::Mode::kRead ? SQLITE_OPEN_READONLY
                                                   : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;
  return access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE;
}

}  // namespace

Statement::Statement(Database& database, std::string sql)
    : database_(database), sql_(std::move(sql)), statement_(database.take(sql_)) {}

Statement::~Statement() {
  database_.give_back(sql_, statement_);
}

void Statement::require(int code) const {
  if (code != SQLITE_OK) database_.fail_now();
}

void Statement::bind_integer(int index, int64_t value) {
  require(sqlite3_bind_int64(statement_, index, value));
}
void Statement::bind(int index, double value) {
  require(sqlite3_bind_double(statement_, index, value));
}
void Statement::bind(int index, std::string_view value) {
  require(sqlite3_bind_text64(statement_, index, value.data(), value.size(), SQLITE_TRANSIENT,
                              SQLITE_UTF8));
}
void Statement::bind(int index, std::nullopt_t) {
  require(sqlite3_bind_null(statement_, index));
}

bool Statement::step() {
  const int code = sqlite3_step(statement_);
  if (code != SQLITE_ROW && code != SQLITE_DONE) database_.fail_now();
  return code == SQLITE_ROW;
}

bool Statement::is_null(int column) const {
  return sqlite3_column_type(statement_, column) == SQLITE_NULL;
}
int64_t Statement::integer(int column) const {
  return sqlite3_column_int64(statement_, column);
}
double Statement::real(int column) const {
  return sqlite3_column_double(statement_, column);
}
std::string Statement::text(int column) const {
  const auto* text = sqlite3_column_text(statement_, column);
  const auto bytes = static_cast<size_t>(sqlite3_column_bytes(statement_, column));
  return text ? std::string(reinterpret_cast<const char*>(text), bytes) : std::string();
}

Database::Database(const std::filesystem::path& file, Mode mode) : file_(file) {
  const int code = sqlite3_open_v2(file.c_str(), &connection_, flags_of(mode), nullptr);
  if (code != SQLITE_OK) {
    const std::string why = connection_ ? sqlite3_errmsg(connection_) : sqlite3_errstr(code);
    sqlite3_close(connection_);
    fail("review", "'{}': {}", file.string(), why);
  }
  try {
    sqlite3_busy_timeout(connection_, kBusyMilliseconds);
    sqlite3_limit(connection_, SQLITE_LIMIT_LENGTH, kMaxValueBytes);
    sqlite3_limit(connection_, SQLITE_LIMIT_ATTACHED, 1);  // VACUUM INTO takes one
    sqlite3_db_config(connection_, SQLITE_DBCONFIG_DEFENSIVE, 1, nullptr);
    sqlite3_db_config(connection_, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, nullptr);
    // A bug of SQLite up to 3.51.2 can damage a log that two connections checkpoint at once: only
    // the writer does, and only when it is told to.
    if (mode == Mode::kRead)
      sqlite3_db_config(connection_, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, nullptr);
    execute("PRAGMA mmap_size = 0; PRAGMA foreign_keys = ON; PRAGMA cell_size_check = ON");
    if (mode == Mode::kWrite)
      execute(
          "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;"
          "PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -65536");
  } catch (...) {
    sqlite3_close(connection_);
    throw;
  }
}

Database::~Database() {
  for (const auto& [sql, statements] : idle_)
    for (sqlite3_stmt* statement : statements) sqlite3_finalize(statement);
  sqlite3_close_v2(connection_);
}

void Database::execute(const std::string& script) {
  if (sqlite3_exec(connection_, script.c_str(), nullptr, nullptr, nullptr) != SQLITE_OK) fail_now();
}

void Database::fail_now() const {
  fail("review", "'{}': {}", file_.string(), sqlite3_errmsg(connection_));
}

int64_t Database::last_id() const {
  return sqlite3_last_insert_rowid(connection_);
}
int64_t Database::changes() const {
  return sqlite3_changes64(connection_);
}
bool Database::in_transaction() const {
  return sqlite3_get_autocommit(connection_) == 0;
}

void Database::checkpoint(bool truncate) {
  const int code = sqlite3_wal_checkpoint_v2(
      connection_, nullptr, truncate ? SQLITE_CHECKPOINT_TRUNCATE : SQLITE_CHECKPOINT_PASSIVE,
      nullptr, nullptr);
  if (code != SQLITE_OK && (code & 0xff) != SQLITE_BUSY) fail_now();
}

sqlite3_stmt* Database::take(const std::string& sql) {
  if (const auto found = idle_.find(sql); found != idle_.end() && !found->second.empty()) {
    sqlite3_stmt* statement = found->second.back();
    found->second.pop_back();
    return statement;
  }
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_prepare_v3(connection_, sql.data(), static_cast<int>(sql.size()),
                         SQLITE_PREPARE_PERSISTENT, &statement, nullptr) != SQLITE_OK)
    fail_now();
  return statement;
}

void Database::give_back(const std::string& sql, sqlite3_stmt* statement) {
  sqlite3_reset(statement);
  sqlite3_clear_bindings(statement);
  idle_[sql].push_back(statement);
}

}  // namespace paucal::review
