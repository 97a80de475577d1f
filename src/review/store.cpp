#include "review/store.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/vfs.h>

#include <algorithm>
#include <chrono>
#include <cstring>
#include <ctime>

#include "base/error.h"
#include "base/files.h"
#include "review/schema.h"

namespace paucal::review {
namespace {

namespace fs = std::filesystem;

constexpr size_t kMaxIdleReaders = 16;

// WAL needs memory that all processes share, which these do not give.
void refuse_network(const fs::path& folder) {
  struct statfs about {};
  if (::statfs(folder.c_str(), &about) != 0) return;
  constexpr std::pair<uint32_t, const char*> kRefused[] = {{0x6969, "NFS"},
                                                           {0x517B, "SMB"},
                                                           {0xFF534D42, "SMB"},
                                                           {0xFE534D42, "SMB"},
                                                           {0x65735546, "FUSE"}};
  for (const auto& [magic, name] : kRefused)
    if (static_cast<uint32_t>(about.f_type) == magic)
      fail("review", "'{}' lies on {}, expected a local file system", folder.string(), name);
}

Descriptor lock_folder(const fs::path& folder) {
  const fs::path file = folder / "review.lock";
  Descriptor lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.ok()) fail("review", "'{}': {}", file.string(), std::strerror(errno));
  if (::flock(lock.get(), LOCK_EX | LOCK_NB) != 0)
    fail("review", "'{}': another process works on it, expected that it has ended",
         folder.string());
  return lock;
}

std::vector<fs::path> backups_in(const fs::path& folder) {
  std::vector<fs::path> files;
  if (fs::is_directory(folder / "backup"))
    for (const auto& entry : fs::directory_iterator(folder / "backup"))
      if (entry.path().extension() == ".db") files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

// What SQLite finds wrong with the file; "ok" where nothing is.
std::string damage_in(const fs::path& file) {
  try {
    Database database(file, Database::Mode::kWrite);
    return database.text("PRAGMA quick_check(1)").value_or("no answer");
  } catch (const Error& error) {
    return error.message();
  }
}

void refuse_damaged(const fs::path& folder) {
  const std::string found = damage_in(folder / kDatabaseName);
  if (found == "ok") return;
  const auto backups = backups_in(folder);
  fail("review", "'{}': damaged ({}); the last backup is {}", (folder / kDatabaseName).string(),
       found, backups.empty() ? "none" : "'" + backups.back().string() + "'");
}

int64_t system_now() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

}  // namespace

std::unique_ptr<Store> Store::open_locked(const fs::path& folder, StoreOptions options,
                                          bool create) {
  const fs::path file = folder / kDatabaseName;
  if (create) fs::create_directories(folder);
  if (!create && !fs::exists(file))
    fail("review", "'{}': no review, expected one that `paucal review init` made", folder.string());
  refuse_network(folder);
  Descriptor lock = lock_folder(folder);
  if (create && fs::exists(file))
    fail("review", "'{}': holds a review, expected a new folder", folder.string());
  std::unique_ptr<Store> store(new Store(folder, std::move(options), std::move(lock)));
  if (!create) refuse_damaged(folder);
  {
    Database database(file, Database::Mode::kWrite);
    make_schema(database);
    database.run("INSERT OR IGNORE INTO meta(key, value) VALUES('seed', ?)", random_hex(16));
  }
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  store->writer_ = std::make_unique<Writer>(file);
  return store;
}

std::unique_ptr<Store> Store::create(const fs::path& folder, StoreOptions options) {
  return open_locked(folder, std::move(options), /*create=*/true);
}
std::unique_ptr<Store> Store::open(const fs::path& folder, StoreOptions options) {
  return open_locked(folder, std::move(options), /*create=*/false);
}

std::unique_ptr<Store> Store::open_to_read(const fs::path& folder, StoreOptions options) {
  if (!fs::exists(folder / kDatabaseName))
    fail("review", "'{}': no review, expected one that `paucal review init` made", folder.string());
  std::unique_ptr<Store> store(new Store(folder, std::move(options), Descriptor(-1)));
  store->read([](Database& database) { return schema_version(database); });
  return store;
}

Writer& Store::writer() {
  if (!writer_) fail("review", "'{}' was opened to read", folder_.string());
  return *writer_;
}

Moment Store::moment() const {
  return {options_.now ? options_.now() : system_now(), options_.blind_share,
          options_.honeypot_share};
}

Store::Reader::Reader(Store& owner) : store(owner) {
  {
    const std::lock_guard lock(store.mutex_);
    if (!store.readers_.empty()) {
      database = std::move(store.readers_.back());
      store.readers_.pop_back();
    }
  }
  if (!database)
    database = std::make_unique<Database>(store.folder_ / kDatabaseName, Database::Mode::kRead);
  database->run("BEGIN");
}

Store::Reader::~Reader() {
  try {
    database->run("COMMIT");
  } catch (const Error&) {
    return;  // this connection is no more used
  }
  const std::lock_guard lock(store.mutex_);
  if (store.readers_.size() < kMaxIdleReaders) store.readers_.push_back(std::move(database));
}

fs::path Store::backup(size_t keep) {
  const fs::path backups = folder_ / "backup";
  fs::create_directories(backups);
  const std::time_t seconds = moment().now / 1'000'000;
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  const fs::path file =
      backups / fmt::format("review-{:04}{:02}{:02}T{:02}{:02}{:02}.db", utc.tm_year + 1900,
                            utc.tm_mon + 1, utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec);
  const fs::path half = backups / "half";
  fs::remove(half);
  Database(folder_ / kDatabaseName, Database::Mode::kRead).run("VACUUM INTO ?", half.string());
  fs::permissions(half, fs::perms::owner_read | fs::perms::owner_write);
  Descriptor written(::open(half.c_str(), O_RDONLY | O_CLOEXEC));
  if (!written.ok() || ::fsync(written.get()) != 0)
    fail("review", "'{}': {}", half.string(), std::strerror(errno));
  fs::rename(half, file);
  auto files = backups_in(folder_);
  for (size_t i = 0; i + keep < files.size(); ++i) fs::remove(files[i]);
  return file;
}

}  // namespace paucal::review
