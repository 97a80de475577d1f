#include "spool/spool.h"

#include <atomic>
#include <thread>

#include "base/options.h"
#include "spool/test_spool.h"

namespace paucal::spool {
namespace {

using std::chrono::hours;
using testing::HasSubstr;

std::atomic<int> hours_passed{0};
Time test_clock() {
  return Time(hours(24 * 20000 + 12 + hours_passed));
}

SpoolOptions options_in(const fs::path& folder, double keep_ok = 1) {
  SpoolOptions options;
  options.folder = folder;
  options.keep_ok = options.keep_doubtful = keep_ok;
  return options;
}

std::unique_ptr<Spool> open_spool(SpoolOptions options) {
  return value_or_throw(Spool::open(std::move(options)));
}

TEST(Spool, WritesALineForEachImageThatSaysAllOfIt) {
  const test::Folder folder;
  SpoolOptions options = options_in(folder.path);
  options.now = &test_clock;
  hours_passed = 0;
  const std::string image = test::image_file(1);
  const edge::Image pixels(8, 8, 1, 50);
  edge::ModelCard card = test::inspection_card();
  edge::Prediction prediction = test::prediction_of(.75);
  prediction.boxes = {{{1, 2, 3, 4}, .5f, 1}};
  prediction.heat = edge::Map(2, 1);
  prediction.heat.values = {.25f, 1.5f};
  open_spool(options)->add({.image = image,
                            .request_key = "key",
                            .part = "p\xFF" + std::string(),
                            .station = "left \"one\"",
                            .captured_at = "then",
                            .model = "m",
                            .version = 3,
                            .model_sha256 = "abc",
                            .prediction = &prediction,
                            .card = &card,
                            .ms = 12.5,
                            .pixels = &pixels});
  const auto lines = test::lines_in(folder.path / "line");
  ASSERT_EQ(lines.size(), 1u);
  const std::string name = fmt::format("ng-{}.pnm", std::string(lines[0].at("image_hash")));
  const Json expected = {
      {"at", "2024-10-04T12:00:00.000Z"},
      {"request_key", "key"},
      {"part", "p\xFF"},
      {"station", "left \"one\""},
      {"captured_at", "then"},
      {"model", "m"},
      {"version", 3},
      {"sha256", "abc"},
      {"verdict", "NG"},
      {"probability_ng", .75},
      {"boxes", {{{"x0", 1.}, {"y0", 2.}, {"x1", 3.}, {"y1", 4.}, {"score", .5}}}},
      {"logit", 1.},
      {"heat_peak", 1.5},
      {"mean", 50.},
      {"spread", 0.},
      {"sharpness", 0.},
      {"ms", 12.5},
      {"image_hash", lines[0].at("image_hash")},
      {"stratum", "ng"},
      {"pi", 1.},
      {"kept", name}};
  EXPECT_EQ(lines[0], expected);
  EXPECT_THAT(test::kept_images(folder.path), testing::ElementsAre(name));
  EXPECT_EQ(read_text(folder.path / "incoming" / name), image);
  const auto fates = test::lines_in(folder.path / "fate");
  ASSERT_EQ(fates.size(), 1u);
  EXPECT_EQ(fates[0].at("file"), name);
  EXPECT_EQ(fates[0].at("fate"), "stored");
}

TEST(Spool, CutsWhatAClientSaysAtLength) {
  const test::Folder folder;
  test::add(*open_spool(options_in(folder.path)), "P5\n", .1, std::string(100'000, 'k'));
  EXPECT_EQ(std::string(test::lines_in(folder.path / "line").at(0).at("request_key")).size(), 256u);
}

TEST(Spool, KeepsNoPixelsThatWereNoFile) {
  const test::Folder folder;
  test::add(*open_spool(options_in(folder.path)), "", .9);
  const Json line = test::lines_in(folder.path / "line").at(0);
  EXPECT_EQ(line.at("pi"), 0.);
  EXPECT_FALSE(line.contains("kept"));
  EXPECT_TRUE(test::kept_images(folder.path).empty());
}

TEST(Spool, KeepsAnImageThatComesAgainOnce) {
  const test::Folder folder;
  auto spool = open_spool(options_in(folder.path));
  for (int i = 0; i < 5; ++i) test::add(*spool, test::image_file(1), .9);
  test::add(*spool, test::image_file(2), .9);
  while (spool->counts().kept_ng < 2) std::this_thread::yield();
  test::add(*spool, test::image_file(1), .9);
  EXPECT_EQ(spool->counts().lines, 7u);
  spool.reset();
  EXPECT_EQ(test::kept_images(folder.path).size(), 2u);
}

TEST(Spool, TellsEachStratumsProbability) {
  const test::Folder folder;
  SpoolOptions options;
  options.folder = folder.path;
  {
    const auto spool = open_spool(options);
    int number = 0;
    for (const double p : {.9, .4, .1}) test::add(*spool, test::image_file(++number), p);
  }
  const auto lines = test::lines_in(folder.path / "line");
  ASSERT_EQ(lines.size(), 3u);
  const std::pair<const char*, double> expected[] = {{"ng", 1}, {"doubtful", .2}, {"ok", .002}};
  for (size_t i = 0; i < 3; ++i) {
    EXPECT_EQ(lines[i].at("stratum"), expected[i].first);
    EXPECT_EQ(lines[i].at("pi"), expected[i].second);
  }
}

TEST(Spool, TakesLinesFromManyThreads) {
  const test::Folder folder;
  const auto spool = open_spool(options_in(folder.path, 0));
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t)
    threads.emplace_back([&, t] {
      for (int i = 0; i < 500; ++i) test::add(*spool, test::image_file(i + 500 * t), .1);
    });
  for (auto& thread : threads) thread.join();
  EXPECT_EQ(spool->counts().lines, 2000u);
  EXPECT_EQ(test::lines_in(folder.path / "line").size(), 2000u);
}

TEST(Spool, IsOfOneProcess) {
  const test::Folder folder;
  auto spool = open_spool(options_in(folder.path));
  const auto second = Spool::open(options_in(folder.path));
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.failure().message, HasSubstr("another process keeps images here"));
  spool.reset();
  EXPECT_TRUE(Spool::open(options_in(folder.path)).ok());
}

TEST(Spool, RefusesWhatIsNoFolder) {
  const test::Folder folder;
  write_text_atomic(folder.path / "file", "");
  const auto refused = Spool::open(options_in(folder.path / "file"));
  ASSERT_FALSE(refused.ok());
  EXPECT_THAT(refused.failure().message, HasSubstr("file': "));
}

TEST(Spool, DropsWhatHasNoRoomAndTheLineSaysSo) {
  const test::Folder folder;
  SpoolOptions options = options_in(folder.path);
  options.max_bytes = 3000;
  const auto spool = open_spool(options);
  int number = 0;
  while (spool->counts().dropped == 0) {
    test::add(*spool, test::image_file(++number), .9);
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_THAT(spool->problem(), HasSubstr("is full: 3000 bytes (keep_bytes)"));
  Json line;
  do {
    test::add(*spool, test::image_file(++number), .9);
    line = test::lines_in(folder.path / "line").back();
  } while (!line.contains("dropped"));
  EXPECT_EQ(line.at("dropped"), "keep_bytes");
  EXPECT_FALSE(line.contains("kept"));
  const Json fate = test::lines_in(folder.path / "fate").back();
  EXPECT_EQ(fate.at("fate"), "dropped");
  EXPECT_EQ(fate.at("reason"), "keep_bytes");
}

TEST(Spool, RemovesOldOkImagesAndSaysSo) {
  const test::Folder folder;
  SpoolOptions options = options_in(folder.path);
  options.max_bytes = 4000;
  SpoolCounts counts;
  {
    const auto spool = open_spool(options);
    for (int i = 0; i < 20; ++i) test::add(*spool, test::image_file(i), .1);
    while ((counts = spool->counts()).kept_ok < 20) std::this_thread::yield();
  }
  EXPECT_EQ(counts.dropped, 0u);
  const size_t there = test::kept_images(folder.path).size();
  EXPECT_EQ(there, 20 - counts.removed);
  size_t removed = 0;
  for (const Json& fate : test::lines_in(folder.path / "fate"))
    removed += fate.at("fate") == "removed";
  EXPECT_EQ(removed, counts.removed);
}

TEST(Spool, DropsWhatWouldWaitInTooMuchMemory) {
  const test::Folder folder;
  SpoolOptions options = options_in(folder.path);
  options.max_waiting_bytes = 1000;
  const auto spool = open_spool(options);
  std::vector<std::string> images;
  for (int i = 0; i < 200; ++i) images.push_back(test::image_file(i, 900));
  for (const auto& image : images) test::add(*spool, image, .9);
  const std::uint64_t dropped = spool->counts().dropped;
  EXPECT_GT(dropped, 0u);
  size_t said = 0;
  for (const Json& line : test::lines_in(folder.path / "line"))
    said += line.contains("dropped") && line.at("dropped") == "waiting_bytes";
  EXPECT_EQ(said, dropped);
}

TEST(Spool, KeepsLinesForSomeDays) {
  const test::Folder folder;
  SpoolOptions options = options_in(folder.path, 0);
  options.now = &test_clock;
  options.line_days = 2;
  for (const int hour : {0, 30, 49}) {
    hours_passed = hour;
    test::add(*open_spool(options), test::image_file(hour), .1);
  }
  EXPECT_EQ(test::lines_in(folder.path / "line").size(), 2u);
  hours_passed = 40;  // the clock is set back
  test::add(*open_spool(options), test::image_file(4), .1);
  EXPECT_EQ(test::lines_in(folder.path / "line").size(), 3u);
}

TEST(SpoolOptions, HaveBounds) {
  SpoolOptions options;
  Options visited = options_of(options);
  visited.set("keep_ok", "0.5");
  EXPECT_EQ(options.keep_ok, .5);
  EXPECT_THROW(visited.set("keep_ng", "1.1"), Error);
  EXPECT_THROW(visited.set("line_days", "0"), Error);
}

}  // namespace
}  // namespace paucal::spool
