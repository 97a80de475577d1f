// The maps of a run as pictures; damaged and foreign files.

#include "review/run_heat.h"

#include "review/test_heat_run.h"
#include "review/test_review.h"

namespace paucal::review {
namespace {

using testing::HasSubstr;

class RunHeatTest : public testing::Test {
 protected:
  RunHeatTest() { test::write_heat_run(run_, {"OK/a.png", "NG/b.png"}); }

  std::string why_not() const {
    const auto heat = RunHeat::open(run_);
    return heat.ok() ? "" : heat.failure().message;
  }
  Bytes raw() const { return *read_file(run_ / "raw.bin"); }
  void write_raw(const Bytes& bytes) const { write_file_atomic(run_ / "raw.bin", bytes); }

  test::Folder folder_;
  std::filesystem::path run_ = folder_.path / "run";
};

TEST_F(RunHeatTest, APictureOfTheWholeImageIsHotWhereTheMapIs) {
  const auto heat = RunHeat::open(run_);
  ASSERT_TRUE(heat.ok()) << heat.failure().message;
  const auto picture = heat->picture("NG/b.png");
  ASSERT_TRUE(picture.ok()) << picture.failure().message;
  EXPECT_EQ(picture->width, 40);
  EXPECT_EQ(picture->height, 30);
  EXPECT_EQ(picture->channels, 1);
  EXPECT_GT(picture->at(24, 14), 200) << "the cell (2, 1) covers (20, 10) to (30, 20)";
  EXPECT_EQ(picture->at(2, 2), 0) << "below heat 0";
  EXPECT_GT(picture->at(24, 14), picture->at(28, 14)) << "between cells it fades";
  EXPECT_FALSE(heat->picture("NG/other.png").ok());
}

TEST_F(RunHeatTest, DamagedMapsAreRefusedByName) {
  const Bytes good = raw();
  write_raw({});
  EXPECT_THAT(why_not(), HasSubstr("no raw predictions of version 1"));
  Bytes other = good;
  other[8] = 7;
  write_raw(other);
  EXPECT_THAT(why_not(), HasSubstr("version"));
  write_raw(good);
  test::write_heat_run(folder_.path / "other", {"x.png", "y.png"});
  std::filesystem::copy_file(folder_.path / "other/raw.bin", run_ / "raw.bin",
                             std::filesystem::copy_options::overwrite_existing);
  EXPECT_THAT(why_not(), HasSubstr("expected those 2 of predictions.jsonl"));
  std::filesystem::remove(run_ / "raw.bin");
  EXPECT_NE(why_not(), "");
}

TEST_F(RunHeatTest, NoByteAndNoLengthOfItMakesItReadBeyond) {
  const Bytes good = raw();
  for (size_t length = 0; length < good.size(); length += 3) {
    write_raw({good.begin(), good.begin() + static_cast<std::ptrdiff_t>(length)});
    if (const auto heat = RunHeat::open(run_); heat.ok()) {
      EXPECT_FALSE(heat->picture("NG/b.png").ok()) << length;
    }
  }
  for (size_t at = sizeof(edge::RawHeader); at < good.size(); ++at) {
    Bytes bad = good;
    bad[at] = static_cast<uint8_t>(bad[at] ^ 0xFF);
    write_raw(bad);
    if (const auto heat = RunHeat::open(run_); heat.ok()) {
      const auto picture = heat->picture("NG/b.png");
      if (picture.ok()) EXPECT_LE(std::max(picture->width, picture->height), kMaxHeatSide);
    }
  }
}

TEST_F(RunHeatTest, ARunThatWasMadeAnewIsReadAnew) {
  RunHeats heats;
  ASSERT_TRUE(heats.get(run_).ok());
  const auto first = *heats.get(run_);
  EXPECT_EQ(first, *heats.get(run_)) << "kept";
  test::write_heat_run(run_, {"OK/new.png"});
  std::filesystem::last_write_time(
      run_ / "raw.bin", std::filesystem::file_time_type::clock::now() + std::chrono::seconds(5));
  const auto second = *heats.get(run_);
  EXPECT_TRUE(second->picture("OK/new.png").ok());
  EXPECT_FALSE(heats.get(folder_.path / "nowhere").ok());
}

}  // namespace
}  // namespace paucal::review
