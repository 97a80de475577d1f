// A disk that is full, and has room again.
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <thread>

#include "spool/spool.h"
#include "spool/test_spool.h"

namespace paucal::spool {
namespace {

// Files that reach this size grow no further: the next write is short, and those after it fail.
class FileSizeLimit {
 public:
  FileSizeLimit() {
    before_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &limit_);
    set(4000);
  }
  ~FileSizeLimit() {
    set(limit_.rlim_cur);
    ::signal(SIGXFSZ, before_);
  }

 private:
  void set(rlim_t bytes) {
    const rlimit limit{bytes, limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  rlimit limit_{};
  void (*before_)(int) = nullptr;
};

// A file that takes all the room there is.
class Ballast {
 public:
  explicit Ballast(fs::path path) : path_(std::move(path)) {
    std::ofstream file(path_);
    const std::string page(4096, 'x');
    while (file << page << std::flush) {
    }
  }
  ~Ballast() { fs::remove(path_); }

 private:
  fs::path path_;
};

int next_image = 0;
void add_one(Spool& spool) {
  test::add(spool, test::image_file(++next_image, 6000), .9);
}

// Verdicts go on while nothing can be written, and the spool goes on when it can.
template <class MakeFull>
void fill_and_free(const fs::path& folder, const MakeFull& make_full) {
  SpoolOptions options;
  options.folder = folder;
  auto spool = value_or_throw(Spool::open(options));
  add_one(*spool);
  while (spool->counts().kept_ng < 1) std::this_thread::yield();
  std::uint64_t added = 1;
  {
    const auto full = make_full();
    for (; added < 500 || spool->counts().dropped == 0; ++added) add_one(*spool);
    const SpoolCounts counts = spool->counts();
    EXPECT_GT(counts.lines_lost, 100u);
    EXPECT_EQ(counts.lines + counts.lines_lost, added);
    EXPECT_FALSE(spool->problem().empty());
    EXPECT_EQ(test::lines_in(folder / "line").size(), counts.lines);
  }
  const std::uint64_t lost = spool->counts().lines_lost;
  add_one(*spool);
  EXPECT_EQ(test::lines_in(folder / "line").back().at("lines_lost_before"), lost);
  for (; spool->counts().kept_ng < 3; ++added) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    add_one(*spool);
  }
  EXPECT_EQ(spool->problem(), "");
  EXPECT_EQ(spool->counts().lines_lost, lost);
  spool.reset();
  EXPECT_GE(test::kept_images(folder).size(), 3u);
}

TEST(SpoolFullDisk, OfFilesThatCannotGrow) {
  const test::Folder folder;
  fill_and_free(folder.path, [] { return FileSizeLimit(); });
}

// This one and the next mount a file system of their own, which the kernel grants to root alone,
// and are skipped for others; the limit above is everybody's.
TEST(SpoolFullDisk, OfAFileSystemWithoutRoom) {
  const test::Folder folder;
  fs::create_directories(folder.path);
  if (::mount("tmpfs", folder.path.c_str(), "tmpfs", 0, "size=4m") != 0)
    GTEST_SKIP() << "file systems can be mounted by root alone";
  fill_and_free(folder.path, [&] { return Ballast(folder.path / "ballast"); });
  EXPECT_EQ(::umount2(folder.path.c_str(), MNT_DETACH), 0);
}

TEST(SpoolFullDisk, OpensAFolderThatIsReadOnly) {
  const test::Folder folder;
  SpoolOptions options;
  options.folder = folder.path;
  add_one(*value_or_throw(Spool::open(options)));
  if (::mount(folder.path.c_str(), folder.path.c_str(), nullptr, MS_BIND, nullptr) != 0)
    GTEST_SKIP() << "file systems can be mounted by root alone";
  ASSERT_EQ(
      ::mount(nullptr, folder.path.c_str(), nullptr, MS_BIND | MS_REMOUNT | MS_RDONLY, nullptr), 0);
  {
    const auto spool = value_or_throw(Spool::open(options));
    add_one(*spool);
    EXPECT_EQ(spool->counts().lines_lost, 1u);
    EXPECT_THAT(spool->problem(), testing::HasSubstr("Read-only file system"));
    EXPECT_EQ(::umount2(folder.path.c_str(), MNT_DETACH), 0);
    add_one(*spool);
    EXPECT_EQ(spool->counts().lines, 1u);
  }
  EXPECT_EQ(test::lines_in(folder.path / "line").size(), 2u);
}

}  // namespace
}  // namespace paucal::spool
