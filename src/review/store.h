#pragma once
// A review: a folder with review.db and backup/. One process holds it for writing (flock); others
// may read it at the same time.

#include <functional>
#include <memory>
#include <mutex>

#include "base/file_access.h"
#include "base/options.h"
#include "review/act.h"
#include "review/writer.h"

namespace paucal::review {

struct StoreOptions {
  double blind_share = .05;
  double honeypot_share = .02;
  std::function<int64_t()> now = {};  // µs since 1970, UTC; default: the system's clock

  template <class V>
  void visit(V& v) {
    v(blind_share, "blind_share", "share of done images that somebody else reads once more, blind",
      Range{0, 1});
    v(honeypot_share, "honeypot_share",
      "share of done images with a known answer that come back to somebody else, with a proposal "
      "that is wrong; needs 64 images",
      Range{0, .06});
  }
};

// Thread-safe.
class Store {
 public:
  // Both throw Error: another process holds the folder, it lies on a network's file system, the
  // database is damaged (the last backup is named) or of a newer program. create(): the folder
  // holds a review already.
  static std::unique_ptr<Store> create(const std::filesystem::path& folder,
                                       StoreOptions options = {});
  static std::unique_ptr<Store> open(const std::filesystem::path& folder,
                                     StoreOptions options = {});
  // Nothing can be written, and no lock is needed.
  static std::unique_ptr<Store> open_to_read(const std::filesystem::path& folder,
                                             StoreOptions options = {});

  // `work(Database&)` in a transaction; what it returns, once that is on the disk.
  template <class Work>
  auto write(Work work) {
    using Value = decltype(work(std::declval<Database&>()));
    if constexpr (std::is_void_v<Value>) {
      writer().write(std::move(work));
    } else {
      std::optional<Value> value;
      writer().write([&](Database& database) { value.emplace(work(database)); });
      return std::move(*value);
    }
  }

  // `work(Database&)` on a connection that cannot write, and sees the store as at one moment.
  template <class Work>
  auto read(Work work) {
    const Reader reader(*this);
    return work(*reader.database);
  }

  Moment moment() const;
  const std::filesystem::path& folder() const { return folder_; }

  // A copy of all, backup/review-DATE.db; the oldest beyond `keep` go. Its path.
  std::filesystem::path backup(size_t keep = 7);

 private:
  // A connection for the time of a read.
  struct Reader {
    explicit Reader(Store& store);
    ~Reader();
    Store& store;
    std::unique_ptr<Database> database;
  };

  Store(std::filesystem::path folder, StoreOptions options, Descriptor lock)
      : folder_(std::move(folder)), options_(std::move(options)), lock_(std::move(lock)) {}
  static std::unique_ptr<Store> open_locked(const std::filesystem::path& folder,
                                            StoreOptions options, bool create);
  Writer& writer();

  std::filesystem::path folder_;
  StoreOptions options_;
  Descriptor lock_;
  std::mutex mutex_;  // of the idle readers
  std::vector<std::unique_ptr<Database>> readers_;
  std::unique_ptr<Writer> writer_;
};

inline constexpr std::string_view kDatabaseName = "review.db";

}  // namespace paucal::review
