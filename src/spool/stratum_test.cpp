#include "spool/stratum.h"

#include <cmath>

#include "spool/seed.h"
#include "spool/test_spool.h"

namespace paucal::spool {
namespace {

TEST(Stratum, OfAnInspectionIsByVerdictAndDistanceToTheThreshold) {
  const SpoolOptions options;
  edge::ModelCard card = test::inspection_card();
  const auto stratum = [&](double p) { return stratum_of(options, card, test::prediction_of(p)); };
  EXPECT_EQ(stratum(.5), Stratum::kNg);
  EXPECT_EQ(stratum(.49), Stratum::kDoubtful);
  EXPECT_EQ(stratum(.31), Stratum::kDoubtful);
  EXPECT_EQ(stratum(.29), Stratum::kOk);
}

TEST(Stratum, OfAClassificationIsByTheLeadOfTheLikeliestClass) {
  const SpoolOptions options;
  edge::ModelCard card = test::inspection_card();
  card.task = edge::Task::kClassification;
  edge::Prediction prediction;
  prediction.label = 1;
  prediction.probability = .55;
  prediction.class_probabilities = {.4, .55, .05};
  EXPECT_EQ(stratum_of(options, card, prediction), Stratum::kDoubtful);
  prediction.class_probabilities = {.3, .55, .15};
  EXPECT_EQ(stratum_of(options, card, prediction), Stratum::kOk);
}

TEST(Stratum, DrawsAsOftenAsItsProbabilitySays) {
  constexpr int kImages = 40'000;
  for (const double pi : {0., .002, .2, .7, 1.})
    for (const std::uint64_t seed : {0u, 1u, 77u}) {
      int drawn = 0;
      for (int i = 0; i < kImages; ++i) drawn += is_drawn(test::image_file(i, 64), seed, pi);
      const double sigma = std::sqrt(kImages * pi * (1 - pi));
      EXPECT_NEAR(drawn, kImages * pi, 5 * sigma) << pi << " " << seed;
    }
}

TEST(Stratum, DrawsTheSameImageOnceAndOthersIndependentlyOfTheSeed) {
  int both = 0, one = 0;
  for (int i = 0; i < 10'000; ++i) {
    const std::string image = test::image_file(i, 64);
    EXPECT_EQ(is_drawn(image, 5, .2), is_drawn(image, 5, .2));
    // What is drawn with a small probability is drawn with a larger one.
    EXPECT_LE(is_drawn(image, 5, .2), is_drawn(image, 5, .3));
    one += is_drawn(image, 5, .2);
    both += is_drawn(image, 5, .2) && is_drawn(image, 6, .2);
  }
  EXPECT_NEAR(both, .2 * one, 5 * std::sqrt(.16 * one));
}

TEST(Seed, IsMadeOnceAndItsOwnersAlone) {
  const test::Folder folder, other;
  fs::create_directories(folder.path / "b");
  const std::uint64_t seed = value_or_throw(read_or_make_seed(folder.path));
  EXPECT_EQ(value_or_throw(read_or_make_seed(folder.path)), seed);
  EXPECT_NE(value_or_throw(read_or_make_seed(folder.path / "b")), seed);
  EXPECT_EQ(fs::status(folder.path / "seed").permissions(),
            fs::perms::owner_read | fs::perms::owner_write);
}

TEST(Seed, ThatIsDamagedIsRefusedAndNotReplaced) {
  const test::Folder folder;
  for (const char* text : {"", "12", "0123456789abcdeg", "0123456789abcdef0"}) {
    write_text_atomic(folder.path / "seed", text);
    const auto seed = read_or_make_seed(folder.path);
    ASSERT_FALSE(seed.ok()) << text;
    EXPECT_THAT(seed.failure().message, testing::HasSubstr("expected 16 hexadecimal digits"));
    EXPECT_EQ(read_text(folder.path / "seed"), text);
  }
  write_text_atomic(folder.path / "seed", "00000000000000ff\n");
  EXPECT_EQ(value_or_throw(read_or_make_seed(folder.path)), 255u);
}

}  // namespace
}  // namespace paucal::spool
