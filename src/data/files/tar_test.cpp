#include "data/files/tar.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "data/files/test_tar.h"

namespace paucal::data {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// "name=data" of each file, and at last why the rest cannot be read.
std::vector<std::string> files_of(const std::string& archive) {
  const auto read = [&](uint64_t offset, uint64_t size) -> Result<Bytes> {
    if (offset >= archive.size()) return Bytes();
    const std::string part = archive.substr(offset, size);
    return Bytes(part.begin(), part.end());
  };
  TarReader reader(read, archive.size(), "x.tar");
  std::vector<std::string> result;
  for (;;) {
    const auto file = reader.next();
    if (!file.ok()) result.push_back(file.failure().message);
    if (!file.ok() || !*file) return result;
    const auto& [name, offset, size] = **file;
    result.push_back(fmt::format("{}={}", name, archive.substr(offset, size)));
  }
}

TEST(Tar, FindsRegularFiles) {
  EXPECT_THAT(
      files_of(tar_file("a.jpg", "first") + tar_header("folder/", 0, '5') +
               tar_file("folder/b.jpg", std::string(512, 'b')) + tar_file("old.jpg", "old", '\0') +
               tar_file("empty.jpg", "") + tar_end() + "anything"),
      ElementsAre("a.jpg=first", "folder/b.jpg=" + std::string(512, 'b'), "old.jpg=old",
                  "empty.jpg="));
}

TEST(Tar, EndsWithoutItsEnd) {
  EXPECT_THAT(files_of(""), ElementsAre());
  EXPECT_THAT(files_of(tar_end()), ElementsAre());
  EXPECT_THAT(files_of(tar_file("a", "first")), ElementsAre("a=first"));
  EXPECT_THAT(files_of(tar_header("a", 5) + "first"), ElementsAre("a=first"));  // no padding
}

TEST(Tar, JoinsPrefixAndName) {
  EXPECT_THAT(files_of(tar_file("a.jpg", "x", '0', "some/folder") + tar_end()),
              ElementsAre("some/folder/a.jpg=x"));
  const std::string full(100, 'n');  // a full field has no NUL
  EXPECT_THAT(files_of(tar_file(full, "x")), ElementsAre(full + "=x"));
}

TEST(Tar, ReadsLongNames) {
  const std::string name = std::string(300, 'n') + ".jpg";
  EXPECT_THAT(files_of(tar_file("././@LongLink", name + '\0', 'L') + tar_file("nnn", "x") +
                       tar_file("next", "y")),
              ElementsAre(name + "=x", "next=y"));
  EXPECT_THAT(files_of(tar_file("././@LongLink", "target", 'K') + tar_file("a", "x")),
              ElementsAre("a=x"));
}

TEST(Tar, ReadsPaxRecords) {
  const std::string name = std::string(200, 'n') + "=ü.jpg";
  EXPECT_THAT(files_of(tar_file("pax", pax_record("mtime", "1.5") + pax_record("path", name), 'x') +
                       tar_file("nnn", "x") + tar_file("next", "y")),
              ElementsAre(name + "=x", "next=y"));
  EXPECT_THAT(files_of(tar_file("pax", pax_record("size", "3"), 'x') + tar_header("a", 0) +
                       std::string("abc").append(509, '\0') + tar_file("next", "y")),
              ElementsAre("a=abc", "next=y"));
  EXPECT_THAT(files_of(tar_file("pax", pax_record("path", "all"), 'g') + tar_file("a", "x")),
              ElementsAre("a=x"));
}

TEST(Tar, PassesOverWhatIsNoPlainFile) {
  EXPECT_THAT(files_of(tar_header("link", 77, '1') + tar_header("symbolic", 77, '2') +
                       tar_header("device", 77, '3') + tar_file("unknown", "data", 'Q') +
                       tar_file("pax", pax_record("GNU.sparse.major", "1"), 'x') +
                       tar_file("sparse", "map") + tar_file("a", "x")),
              ElementsAre("a=x"));
  // Records before a link do not stick to the file after it.
  EXPECT_THAT(
      files_of(tar_file("L", "name", 'L') + tar_header("link", 0, '2') + tar_file("a", "x")),
      ElementsAre("a=x"));
}

TEST(Tar, RefusesDamage) {
  std::string damaged = tar_file("a", "first") + tar_file("b", "second");
  damaged[1024] = 'c';
  EXPECT_THAT(files_of(damaged), ElementsAre("a=first", HasSubstr("byte 1024: no tar header")));
  EXPECT_THAT(files_of(tar_file("a", "first") + std::string(100, 'x')),
              ElementsAre("a=first", HasSubstr("ends within a header")));
  EXPECT_THAT(
      files_of(tar_header("a", 6) + "first"),
      ElementsAre("'x.tar', byte 0: a file of 6 bytes, expected at most the 5 that follow"));
  EXPECT_THAT(files_of(tar_header("a", 077777777777)), ElementsAre(HasSubstr("0 that follow")));
  EXPECT_THAT(files_of(tar_file("a", "x", 'S')), ElementsAre(HasSubstr("sparse")));
}

TEST(Tar, RefusesHostileRecords) {
  EXPECT_THAT(files_of(tar_file("L", std::string(70'000, 'n'), 'L') + tar_file("a", "x")),
              ElementsAre(HasSubstr("a record of 70000 bytes, expected at most 65536")));
  for (const char* pax : {"x", "5", "5 a=b", "9 path=a", "0 path=a\n", "99999999999999999999 a=b\n",
                          "6 path\n", "10 size=x\n", "11 size=-1\n", "3 \n", "-9 path=a\n"})
    EXPECT_THAT(files_of(tar_file("pax", pax, 'x') + tar_file("a", "x")),
                ElementsAre(HasSubstr("damaged pax records")))
        << pax;
  const std::string huge = pax_record("size", "18446744073709551615");
  EXPECT_THAT(files_of(tar_file("pax", huge, 'x') + tar_file("a", "x")),
              ElementsAre(HasSubstr("a file of 18446744073709551615 bytes")));
  EXPECT_EQ(files_of([] {  // headers only, without end
              std::string archive;
              for (int i = 0; i < 1000; ++i) archive += tar_file("L", "name", 'L');
              return archive;
            }())
                .size(),
            0u);
}

TEST(Tar, ReadsBinarySizes) {
  const auto with_size = [](std::string_view raw) {
    std::string block = tar_header("a", 0);
    std::ranges::copy(raw, &block[124]);
    std::fill_n(&block[148], 8, ' ');
    unsigned sum = 0;
    for (const char c : block) sum += static_cast<uint8_t>(c);
    std::ranges::copy(fmt::format("{:06o}", sum), &block[148]);
    return files_of(block + "abc");
  };
  EXPECT_THAT(with_size(std::string_view("\x80\0\0\0\0\0\0\0\0\0\0\3", 12)), ElementsAre("a=abc"));
  EXPECT_THAT(with_size("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
              ElementsAre(HasSubstr("the size is no number")));
  EXPECT_THAT(with_size("12345678    "), ElementsAre(HasSubstr("the size is no number")));
}

}  // namespace
}  // namespace paucal::data
