#include "base/system.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstring>
#include <string>

#include "base/file_access.h"
#include "base/utf8_path.h"

namespace paucal::system {
namespace {
namespace fs = std::filesystem;

// A folder of this process, which goes away.
class SystemTest : public testing::Test {
 protected:
  SystemTest() { fs::create_directories(folder_); }
  ~SystemTest() override {
    std::error_code ignored;
    fs::remove_all(folder_, ignored);
  }

  const fs::path folder_ =
      fs::temp_directory_path() / ("paucal_system_" + std::to_string(process_number()));
};

void put(const fs::path& path, std::string_view text) {
  const Descriptor file(open_emptied(path));
  ASSERT_TRUE(file.ok()) << std::strerror(errno);
  ASSERT_EQ(write(file.get(), text.data(), text.size()), static_cast<int64_t>(text.size()));
}

std::string get(const fs::path& path) {
  const Descriptor file(open_for_reading(path));
  if (!file.ok()) return std::strerror(errno);
  std::string text(100, '?');
  const int64_t size = read_at(file.get(), text.data(), text.size(), 0);
  text.resize(static_cast<size_t>(std::max<int64_t>(size, 0)));
  return text;
}

TEST_F(SystemTest, BytesStayAsTheyAre) {
  const fs::path path = folder_ / utf8_path("Pr\xc3\xbc\x66ung \xf0\x9f\x99\x82");
  put(path, "one\r\ntwo\n\x1athree");
  EXPECT_EQ(get(path), "one\r\ntwo\n\x1athree");
}

TEST_F(SystemTest, WritingAtAPlaceLeavesTheEndWhereItWas) {
  const Descriptor file(open_emptied(folder_ / "file"));
  EXPECT_EQ(write(file.get(), "abcdef", 6), 6);
  EXPECT_EQ(write_at(file.get(), "X", 1, 2), 1);
  EXPECT_EQ(write(file.get(), "gh", 2), 2);
  EXPECT_TRUE(to_disk(file.get()));
  EXPECT_EQ(get(folder_ / "file"), "abXdefgh");
}

TEST_F(SystemTest, ReadsNothingBehindTheEnd) {
  put(folder_ / "file", "abc");
  const Descriptor file(open_for_reading(folder_ / "file"));
  char text[8] = {};
  EXPECT_EQ(read_at(file.get(), text, 8, 1), 2);
  EXPECT_EQ(std::string(text), "bc");
  EXPECT_EQ(read_at(file.get(), text, 8, 3), 0);
  EXPECT_EQ(read_at(file.get(), text, 8, 30), 0);
}

TEST_F(SystemTest, ReplacesWhatIsThereWhileTheNewFileIsOpen) {
  put(folder_ / "old", "old");
  const Descriptor file(open_emptied(folder_ / "new"));
  EXPECT_EQ(write(file.get(), "new", 3), 3);
  EXPECT_TRUE(replace_file(folder_ / "new", folder_ / "old")) << std::strerror(errno);
  EXPECT_EQ(get(folder_ / "old"), "new");
  EXPECT_FALSE(fs::exists(folder_ / "new"));
}

TEST_F(SystemTest, SaysWhatAPathIs) {
  put(folder_ / "file", "abc");
  FileInfo info;
  ASSERT_TRUE(info_of(folder_ / "file", info));
  EXPECT_EQ(info.kind, FileKind::kRegular);
  EXPECT_EQ(info.size, 3u);
  ASSERT_TRUE(info_of(folder_, info));
  EXPECT_EQ(info.kind, FileKind::kFolder);
  EXPECT_FALSE(info_of(folder_ / "none", info));
  EXPECT_EQ(errno, ENOENT);
  EXPECT_LT(open_for_reading(folder_ / "none" / "file"), 0);
  EXPECT_EQ(errno, ENOENT);
}

TEST_F(SystemTest, OpensWhatLiesDeep) {
  fs::path deep = folder_;
  for (int i = 0; i < 3; ++i) deep /= std::string(100, static_cast<char>('a' + i));
  std::error_code error;
  fs::create_directories(deep, error);
  // Not every file system takes a path of 300 bytes; what cannot be made cannot be read back.
  if (error) GTEST_SKIP() << "no such long folder here: " << error.message();
  put(deep / "file", "abc");
  put(deep / "other", "def");
  EXPECT_TRUE(replace_file(deep / "other", deep / "file"));
  EXPECT_EQ(get(deep / "file"), "def");
  remove_file(deep / "file");
  EXPECT_EQ(get(deep / "file"), std::strerror(ENOENT));
}

TEST_F(SystemTest, MapsAFile) {
  put(folder_ / "file", "abc");
  const void* memory = nullptr;
  {
    const Descriptor file(open_for_reading(folder_ / "file"));
    memory = map_file(file.get(), 3);
  }
  ASSERT_NE(memory, nullptr);
  EXPECT_EQ(std::memcmp(memory, "abc", 3), 0);
  forget_pages(memory, 3);
  EXPECT_EQ(std::memcmp(memory, "abc", 3), 0);
  unmap_file(memory, 3);
}

TEST(SystemMemory, IsZeroAndCounted) {
  constexpr size_t kSize = size_t{8} << 20;
  auto* pages = static_cast<unsigned char*>(take_pages(kSize));
  ASSERT_NE(pages, nullptr);
  prefer_huge_pages(pages, kSize);
  EXPECT_EQ(pages[0], 0);
  EXPECT_EQ(pages[kSize - 1], 0);
  std::memset(pages, 1, kSize);
  EXPECT_GE(peak_memory_bytes(), static_cast<int64_t>(kSize));
  give_back_pages(pages, kSize);
}

}  // namespace
}  // namespace paucal::system
