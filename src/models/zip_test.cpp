#include "models/zip.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "models/test_support.h"
#include "models/test_zip.h"
#include "models/weight_format.h"

namespace paucal::models {
namespace {

using test::bytes_of;
using test::deflated_zip;
using test::error_of;
using ::testing::HasSubstr;

std::string text_in(const Bytes& zip, const std::string& name) {
  const auto entries = read_zip(zip, "test", ZipMethods::kDeflatedToo);
  const Bytes data = unpack(zip, entries.at(name), "test");
  return {data.begin(), data.end()};
}

TEST(Unpack, GivesStoredAndDeflatedEntries) {
  const std::string text(100'000, 'x');
  const Bytes zip = deflated_zip({{"a/long.txt", text}, {"b.txt", "short"}});
  EXPECT_LT(zip.size(), 2000u);
  EXPECT_EQ(text_in(zip, "a/long.txt"), text);
  EXPECT_EQ(text_in(zip, "b.txt"), "short");
}

// PyTorch's own readers never see a compressed entry.
TEST(Unpack, CompressedEntriesAreReadOnlyWhereWanted) {
  const Bytes zip = deflated_zip({{"a.txt", "text"}});
  EXPECT_THAT(error_of([&] { read_zip(zip, "test"); }), HasSubstr("compressed (method 8)"));
}

TEST(Unpack, RefusesWhatIsNotWhatItClaims) {
  const Bytes zip = deflated_zip({{"a.txt", "some text"}});
  const ZipEntry entry = read_zip(zip, "test", ZipMethods::kDeflatedToo).at("a.txt");
  ZipEntry wrong = entry;
  wrong.crc ^= 1;
  EXPECT_THAT(error_of([&] { unpack(zip, wrong, "test"); }), HasSubstr("CRC"));
  wrong = entry;
  wrong.size -= 1;
  EXPECT_THAT(error_of([&] { unpack(zip, wrong, "test"); }), HasSubstr("broken compressed data"));
  wrong.size = entry.size + 1;
  EXPECT_THAT(error_of([&] { unpack(zip, wrong, "test"); }), HasSubstr("broken compressed data"));
  wrong.size = uint64_t{1} << 62;  // a bomb takes no memory
  EXPECT_THAT(error_of([&] { unpack(zip, wrong, "test"); }), HasSubstr("more than deflate can"));
}

TEST(WeightFormat, ArchivesAreToldFromWeightFiles) {
  const Bytes wheel = deflated_zip({{"m/a.pth", "weights"}, {"m/__init__.py", ""}});
  EXPECT_TRUE(is_archive(wheel));
  EXPECT_FALSE(weight_format(wheel));
  const Bytes torch = deflated_zip({{"a/data.pkl", "."}});
  EXPECT_FALSE(is_archive(torch));
  EXPECT_EQ(weight_format(torch), WeightFormat::kTorchZip);
  EXPECT_EQ(weight_format(bytes_of("\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19.")),
            WeightFormat::kTorchPickle);
  EXPECT_EQ(weight_format(bytes_of(std::string("\x40\0\0\0\0\0\0\0{}", 10))),
            WeightFormat::kSafetensors);
  EXPECT_FALSE(weight_format(bytes_of("<!DOCTYPE html>")));
  EXPECT_FALSE(weight_format({}));
}

TEST(WeightFormat, AnArchiveHasOneWeightFileOrANamedOne) {
  const Bytes two = deflated_zip({{"m/a.pth", "A"}, {"m/b.safetensors", "B"}, {"m/c.txt", "C"}});
  const ArchivedWeights b = weights_in_archive(two, "m/b.safetensors", "test");
  EXPECT_EQ(b.name, "b.safetensors");
  EXPECT_EQ(b.bytes, bytes_of("B"));
  EXPECT_THAT(error_of([&] { weights_in_archive(two, "", "test"); }),
              HasSubstr("several weight files (m/a.pth, m/b.safetensors)"));
  EXPECT_THAT(error_of([&] { weights_in_archive(two, "m/d.pth", "test"); }),
              HasSubstr("without m/d.pth"));
  const Bytes none = deflated_zip({{"m/c.txt", "C"}});
  EXPECT_THAT(error_of([&] { weights_in_archive(none, "", "test"); }),
              HasSubstr("without .pth or .safetensors"));
}

TEST(WeightFormat, SurvivesDamagedArchives) {
  const Bytes wheel = deflated_zip({{"m/a.pth", std::string(3000, 'a')}, {"m/b.py", "text"}});
  const int read = test::survive_mutations(wheel, 2000, [](const Bytes& bytes) {
    if (is_archive(bytes)) weights_in_archive(bytes, "", "test");
  });
  EXPECT_GT(read, 0);
}

}  // namespace
}  // namespace paucal::models
