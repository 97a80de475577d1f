#include "data/unlabelled/unlabelled_index.h"

#include <array>
#include <cstring>
#include <fstream>
#include <thread>

#include "base/crc32c.h"
#include "data/set/test_folder.h"

namespace paucal::data {
namespace {

namespace fs = std::filesystem;
using testing::HasSubstr;
using testing::StartsWith;

using Kind = UnlabelledSource::Kind;

constexpr size_t kHeaderBytes = 48, kCrcOffset = 40, kEntryBytes = 24;

class UnlabelledIndexTest : public TestFolder {
 protected:
  // Two images in files and two in a pack.
  void write_index() {
    text("part/a.jpg", "first");
    text("part/b.jpg", "second one");
    text("images.bin", "0123456789");
    UnlabelledIndexWriter writer(path_, root_);
    const uint32_t folder = writer.add_source(stamped(root_, "part", Kind::kFolder));
    const uint32_t pack = writer.add_source(stamped(root_, "images.bin", Kind::kPack));
    writer.add(folder, "a.jpg", 0, 5);
    writer.add(folder, "b.jpg", 0, 10);
    writer.add(pack, "0", 0, 4);
    writer.add(pack, "4", 4, 6);
    writer.commit();
  }

  // The index with `value` at `offset`, its checksum made right where it can be.
  template <class T>
  std::string error_with(size_t offset, T value) {
    write_index();
    Bytes file = value_or_throw(read_file(path_));
    std::memcpy(&file.at(offset), &value, sizeof value);
    uint64_t table = 0;
    std::memcpy(&table, &file[32], sizeof table);
    if (table <= file.size()) {
      const std::span<const uint8_t> bytes(file);
      const uint32_t crc = crc32c(bytes.last(table), crc32c(bytes.first(kCrcOffset)));
      if (offset != kCrcOffset) std::memcpy(&file[kCrcOffset], &crc, sizeof crc);
    }
    write("index", file);
    return error_of([&] {
      const auto index = UnlabelledIndex::open(path_);
      for (int64_t i = 0; i < index.size(); ++i) index.class_name(i), index.read(i);
    });
  }

  static std::string text_of(const Bytes& bytes) { return {bytes.begin(), bytes.end()}; }

  fs::path path_ = root_ / "index";
};

TEST_F(UnlabelledIndexTest, ReadsFilesAndParts) {
  write_index();
  const auto index = UnlabelledIndex::open(path_);
  ASSERT_EQ(index.size(), 4);
  EXPECT_EQ(index.name(0), "part/a.jpg");
  EXPECT_EQ(text_of(index.read(0)), "first");
  EXPECT_EQ(text_of(index.read(1)), "second one");
  EXPECT_EQ(index.name(3), "images.bin:4");
  EXPECT_EQ(text_of(index.read(3)), "456789");
  EXPECT_EQ(index.stale(), "");
  EXPECT_EQ(index.source(), root_ / "part");
  EXPECT_THAT(error_of([&] { index.name(4); }), HasSubstr("image 4, expected 0 to 3"));
  EXPECT_THAT(error_of([&] { index.name(-1); }), HasSubstr("image -1, expected 0 to 3"));
}

TEST_F(UnlabelledIndexTest, LeavesNothingUntilItIsCommitted) {
  { UnlabelledIndexWriter(path_, root_).add(0, "a.jpg", 0, 1); }
  EXPECT_TRUE(fs::is_empty(root_));
  write_index();
  EXPECT_EQ(std::distance(fs::directory_iterator(root_), fs::directory_iterator()), 3);
}

TEST_F(UnlabelledIndexTest, SaysWhatChanged) {
  write_index();
  const auto index = UnlabelledIndex::open(path_);
  text("part/c.jpg", "new");
  EXPECT_THAT(index.stale(), HasSubstr("part': changed since it was listed"));
  write_index();
  text("images.bin", "01");
  EXPECT_THAT(UnlabelledIndex::open(path_).stale(), HasSubstr("images.bin': changed"));
  write_index();
  fs::remove(root_ / "images.bin");
  EXPECT_THAT(UnlabelledIndex::open(path_).stale(), HasSubstr("images.bin': changed"));
}

TEST_F(UnlabelledIndexTest, NamesTheImageThatChanged) {
  write_index();
  const auto index = UnlabelledIndex::open(path_);
  text("part/a.jpg", "longer than before");
  fs::remove(root_ / "part/b.jpg");
  text("images.bin", "01");
  EXPECT_THAT(error_of([&] { index.read(0); }),
              HasSubstr("'part/a.jpg': 18 bytes, expected the 5"));
  EXPECT_THAT(error_of([&] { index.read(1); }), HasSubstr("image 1: '"));
  EXPECT_THAT(error_of([&] { index.read(2); }),
              HasSubstr("'images.bin:0': 2 bytes from byte 0, expected the 4"));
  EXPECT_THAT(error_of([&] { index.read(3); }),
              HasSubstr("'images.bin:4': 0 bytes from byte 4, expected the 6"));
}

TEST_F(UnlabelledIndexTest, RefusesDamagedHeaders) {
  EXPECT_THAT(error_with<uint8_t>(1, 'X'), HasSubstr("no index of images"));
  EXPECT_THAT(error_with<uint32_t>(8, 2), HasSubstr("version 2, expected 1"));
  EXPECT_THAT(error_with<uint32_t>(12, 0), HasSubstr("0 sources, expected 1 to"));
  EXPECT_THAT(error_with<uint32_t>(12, 1), HasSubstr("bytes after the last source"));
  EXPECT_THAT(error_with<uint32_t>(12, 3), HasSubstr("the source table ends"));
  EXPECT_THAT(error_with<uint32_t>(12, 1 << 30), HasSubstr("sources, expected 1 to"));
  for (const size_t field : {16, 24, 32})
    for (const uint64_t value : {uint64_t{0}, uint64_t{1} << 32, uint64_t{1} << 61, ~uint64_t{0}})
      EXPECT_THAT(error_with(field, value), HasSubstr("bytes, expected those of")) << field;
  EXPECT_THAT(error_with<uint32_t>(kCrcOffset, 7), HasSubstr("checksum does not match"));
  EXPECT_THAT(error_with<uint32_t>(44, 7), HasSubstr("checksum does not match"));

  text("index", "");
  EXPECT_THAT(error_of([&] { UnlabelledIndex::open(path_); }), HasSubstr("0 bytes, expected"));
  text("index", "\x89PAUIDX\n");
  EXPECT_THAT(error_of([&] { UnlabelledIndex::open(path_); }), HasSubstr("no index of images"));
  EXPECT_THAT(error_of([&] { UnlabelledIndex::open(root_ / "none"); }), HasSubstr("none'"));
}

TEST_F(UnlabelledIndexTest, RefusesEveryLengthButItsOwn) {
  write_index();
  const Bytes file = value_or_throw(read_file(path_));
  for (size_t size = 1; size < file.size(); ++size) {
    write("index", Bytes(file.begin(), file.begin() + static_cast<std::ptrdiff_t>(size)));
    EXPECT_THROW(UnlabelledIndex::open(path_), Error) << size;
  }
}

TEST_F(UnlabelledIndexTest, RefusesDamagedEntries) {
  const auto at = [](size_t entry, size_t field) {
    return kHeaderBytes + entry * kEntryBytes + field;
  };
  EXPECT_THAT(error_with(at(0, 0), ~uint64_t{0}), HasSubstr("image 0 is damaged"));
  EXPECT_THAT(error_with<uint64_t>(at(0, 8), 1), HasSubstr("expected a whole file"));
  EXPECT_THAT(error_with(at(3, 8), ~uint64_t{0}), HasSubstr("0 bytes from byte"));
  EXPECT_THAT(error_with<uint32_t>(at(1, 16), 0), HasSubstr("image 1 is damaged"));
  EXPECT_THAT(error_with(at(1, 16), ~uint32_t{0}), HasSubstr("image 1 is damaged"));
  EXPECT_THAT(error_with<uint32_t>(at(1, 20), 2), HasSubstr("source 2 of 2"));
  const size_t names = at(4, 0);
  EXPECT_THAT(error_with(names, std::array{'.', '.', '/', 'a'}),
              HasSubstr("image 0 is 'part/../a"));
  // The last name, or its class, runs into the source table. They are "4" and "":
  // a.jpg00b.jpg00000400
  EXPECT_THAT(error_with(names + 19, 'x'), HasSubstr("image 3: its name has no end"));
  EXPECT_THAT(error_with(names + 18, std::array{'x', 'x'}), HasSubstr("image 3: its name has no"));
}

TEST_F(UnlabelledIndexTest, KnowsTheClassFromManifestArchiveOrFolder) {
  UnlabelledIndexWriter writer(path_, root_);
  const uint32_t root = writer.add_source({".", Kind::kFolder});
  const uint32_t folder = writer.add_source({"cat/1", Kind::kFolder});
  const uint32_t pack = writer.add_source({"dog/0.tar", Kind::kPack});
  writer.add(root, "eel/a.jpg", 0, 5, "cow");
  writer.add(root, "eel/a.jpg", 0, 5);
  writer.add(root, "a.jpg", 0, 5);
  writer.add(folder, "a.jpg", 0, 5);
  writer.add(pack, "elk/a.jpg", 0, 5);
  writer.add(pack, "a.jpg", 0, 5);
  writer.commit();
  const auto index = UnlabelledIndex::open(path_);
  std::vector<std::string> classes;
  for (int64_t i = 0; i < index.size(); ++i) classes.push_back(index.class_name(i));
  EXPECT_THAT(classes, testing::ElementsAre("cow", "eel", "", "cat", "elk", "dog"));
  EXPECT_EQ(index.name(0), "eel/a.jpg");
}

TEST_F(UnlabelledIndexTest, OpensNothingOutsideOfItsRoot) {
  text("secret", "secret");
  for (const char* path : {"../secret", "/etc/passwd", "a/../../secret"}) {
    fs::create_directories(root_ / "a");
    UnlabelledIndexWriter writer(path_, root_ / "a");
    const uint32_t folder = writer.add_source({".", Kind::kFolder});
    writer.add(folder, path, 0, 6);
    writer.commit();
    EXPECT_THAT(error_of([&] { UnlabelledIndex::open(path_).read(0); }),
                HasSubstr("expected a whole file below"));

    UnlabelledIndexWriter pack(path_, root_ / "a");
    pack.add_source({path, Kind::kPack});
    pack.commit();
    EXPECT_THAT(error_of([&] { UnlabelledIndex::open(path_); }),
                HasSubstr("expected a path below"));
  }
}

// Bytes of this process that are in memory.
int64_t resident_bytes() {
  int64_t all = 0, resident = 0;
  std::ifstream("/proc/self/statm") >> all >> resident;
  return resident * ::sysconf(_SC_PAGESIZE);
}

TEST_F(UnlabelledIndexTest, MemoryDoesNotGrowWithTheNumberOfImages) {
  const int64_t count = 1'000'000;  // 24 MB of entries and 41 MB of names
  UnlabelledIndexWriter writer(path_, root_);
  const uint32_t folder = writer.add_source({".", Kind::kFolder});
  for (int64_t i = 0; i < count; ++i)
    writer.add(folder, fmt::format("camera-00/2026-01-01/frame-{:010}.jpg", i), 0, 1000);
  writer.commit();

  const auto size = static_cast<int64_t>(fs::file_size(path_));
  ASSERT_GT(size, 60 << 20);
  const int64_t before = resident_bytes();
  const auto index = UnlabelledIndex::open(path_);
  EXPECT_EQ(index.size(), count);
  EXPECT_THAT(index.name(count - 1), StartsWith("camera-00/2026-01-01/frame-0000999999"));
  EXPECT_LT(resident_bytes() - before, 4 << 20);

  // Listed by several threads at a time.
  std::vector<std::thread> threads;
  std::atomic<int64_t> wrong{0};
  for (int t = 0; t < 3; ++t)
    threads.emplace_back([&, t] {
      Random random(static_cast<uint64_t>(t));
      for (int k = 0; k < 20'000; ++k) {
        const int64_t i = random.below(count);
        wrong += index.name(i) != fmt::format("camera-00/2026-01-01/frame-{:010}.jpg", i);
      }
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(wrong, 0);
}

}  // namespace
}  // namespace paucal::data
