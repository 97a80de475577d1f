#include "loop/add.h"

#include "loop/test_spool.h"

namespace paucal::loop {
namespace {

using test::Judged;
using test::LoopOfTest;
using testing::Contains;
using testing::HasSubstr;

// No image measures.
const AddOptions kAllTeach{.audit = {.ng = 0, .doubtful = 0, .ok = 0}};

TEST(Add, TakesEachLineAndImageOnce) {
  LoopOfTest loop;
  for (int i = 0; i < 10; ++i) loop.spool.add(i, {.probability = i < 3 ? .9 : .01});
  Added added = loop.add(kAllTeach);
  EXPECT_EQ(added.lines, 10);
  EXPECT_EQ(added.images.taken, 10);
  EXPECT_TRUE(added.problems.empty());
  added = loop.add(kAllTeach);
  EXPECT_EQ(added.lines, 0);
  EXPECT_EQ(added.images.taken, 0);
  EXPECT_EQ(add_from_spool(*loop.store, loop.spool.folder() / "").lines, 0) << "another spelling";
  for (int i = 10; i < 14; ++i) loop.spool.add(i);
  added = loop.add(kAllTeach);
  EXPECT_EQ(added.lines, 4);
  EXPECT_EQ(added.images.taken, 4);
  EXPECT_EQ(loop.count("SELECT count(*) FROM image"), 14);
  EXPECT_EQ(loop.count("SELECT count(*) FROM queue"), 1) << "the queue is extended";
  EXPECT_EQ(loop.count("SELECT total FROM queue"), 14);
  EXPECT_EQ(loop.count("SELECT count(*) FROM proposal"), 3);
  EXPECT_TRUE(review::check(*loop.store, /*rebuild=*/true).ok());
}

TEST(Add, KeepsInclusionProbabilitiesAndCounts) {
  LoopOfTest loop(/*keep_ok=*/.5);
  for (int i = 0; i < 60; ++i) loop.spool.add(i, {.probability = i < 4 ? .9 : .01});
  loop.add();
  EXPECT_EQ(loop.count("SELECT parts FROM loop_stratum WHERE stratum = 'ok'"), 56);
  EXPECT_EQ(loop.count("SELECT 1 FROM loop_stratum WHERE stratum = 'ok' AND pi = .5"), 1);
  EXPECT_EQ(loop.count("SELECT parts FROM loop_stratum WHERE stratum = 'ng' AND pi = 1"), 4);
  const int64_t kept = loop.count("SELECT kept FROM loop_stratum WHERE stratum = 'ok'");
  EXPECT_GT(kept, 10);
  EXPECT_LT(kept, 46);
  EXPECT_EQ(loop.count("SELECT count(*) FROM loop_image WHERE pi = .5 AND state = 'taken'"), kept);
}

TEST(Add, LeavesOutDoubles) {
  LoopOfTest loop;
  for (int i = 0; i < 20; ++i) loop.spool.add(i);
  edge::Image again = test::picture(7);
  for (uint8_t& pixel : again.pixels) pixel = static_cast<uint8_t>(pixel + 3);
  loop.spool.add_bytes(test::png_of(again), {}, &again);
  const Added added = loop.add(kAllTeach);
  EXPECT_EQ(added.images.taken, 20);
  EXPECT_EQ(added.images.doubles, 1);
  EXPECT_EQ(loop.count("SELECT count(*) FROM image"), 20);
  // And of an image that came before.
  again.pixels[0] ^= 1;
  loop.spool.add_bytes(test::png_of(again), {}, &again);
  EXPECT_EQ(loop.add(kAllTeach).images.doubles, 1);
}

TEST(Add, KeepsDoublesThatMeasure) {
  LoopOfTest loop;
  for (int i = 0; i < 20; ++i) loop.spool.add(i);
  edge::Image again = test::picture(7);
  for (uint8_t& pixel : again.pixels) pixel = static_cast<uint8_t>(pixel + 3);
  loop.spool.add_bytes(test::png_of(again), {}, &again);
  const Added added = loop.add({.audit = {.ng = 1, .doubtful = 1, .ok = 1}});
  EXPECT_EQ(added.images.taken, 21) << "a sample without them would be no random one";
  EXPECT_EQ(added.images.audit, 21);
}

TEST(Add, ImagesThatMeasureShowNothingOfTheModel) {
  LoopOfTest loop;
  for (int i = 0; i < 40; ++i) loop.spool.add(i, {.probability = i % 2 ? .9 : .01});
  loop.add({.audit = {.ng = .5, .doubtful = .5, .ok = .5}});
  const int64_t audit = loop.count("SELECT count(*) FROM loop_image WHERE audit");
  EXPECT_GT(audit, 4);
  EXPECT_LT(audit, 36);
  EXPECT_EQ(loop.count("SELECT count(*) FROM image WHERE split = 'test'"), audit);
  EXPECT_EQ(loop.count("SELECT count(*) FROM proposal JOIN loop_image USING(image_id) WHERE audit"),
            0);
  EXPECT_EQ(loop.count("SELECT count(*) FROM image_score JOIN loop_image USING(image_id) WHERE "
                       "audit AND (verdict IS NOT NULL OR probability IS NOT NULL)"),
            0);
  EXPECT_EQ(loop.count("SELECT count(*) FROM image WHERE path LIKE '%ng-%' OR path LIKE '%ok-%'"),
            0);
}

TEST(Add, TheDoubtfulComeFirst) {
  LoopOfTest loop;
  const double probabilities[] = {.02, .97, .45, .1, .6};
  for (int i = 0; i < 5; ++i) loop.spool.add(i, {.probability = probabilities[i]});
  loop.add(kAllTeach);
  const auto first = loop.store->read([](review::Database& db) {
    std::vector<double> order;
    for (auto rows = db.query("SELECT probability FROM queue_item JOIN image_score USING(image_id) "
                              "ORDER BY rank");
         rows.step();)
      order.push_back(rows.real(0));
    return order;
  });
  EXPECT_THAT(first, testing::ElementsAre(.6, .45, .1, .97, .02));
}

TEST(Add, NamesDamageAndGoesOn) {
  LoopOfTest loop;
  for (int i = 0; i < 4; ++i) loop.spool.add(i);
  loop.spool.add_bytes("P5\n8 8 255\nhalf", {}, nullptr);
  loop.spool.close();
  fs::path hour;
  for (const auto& entry : fs::directory_iterator(loop.spool.folder() / "line"))
    hour = entry.path();
  std::ofstream(hour, std::ios::app) << "{\"at\":1}\nno JSON\n{\"at\":\"2026-";
  for (const auto& entry : fs::directory_iterator(loop.spool.folder() / "incoming"))
    if (entry.path().extension() == ".png") {
      std::ofstream(entry.path(), std::ios::app) << "x";  // other bytes than its name says
      break;
    }
  Added added = loop.add(kAllTeach);
  EXPECT_EQ(added.lines, 5);
  EXPECT_EQ(added.damaged, 2);
  EXPECT_EQ(added.images.taken, 3);
  EXPECT_EQ(added.images.damaged, 2);
  EXPECT_THAT(added.problems, Contains(HasSubstr("half a line")));
  EXPECT_THAT(added.problems, Contains(HasSubstr("expected that of its name")));
  // The rest of the half line comes.
  std::ofstream(hour, std::ios::app) << "\n";
  added = loop.add(kAllTeach);
  EXPECT_EQ(added.damaged, 1);
  EXPECT_EQ(loop.add(kAllTeach).damaged, 0) << "named once";
}

TEST(Add, WaitsForAnImageAndSaysWhenItIsLost) {
  LoopOfTest loop;
  loop.spool.add(1);
  loop.spool.add(2);
  loop.spool.close();
  fs::path hidden = loop.folder.path / "hidden.png", image;
  for (const auto& entry : fs::directory_iterator(loop.spool.folder() / "incoming"))
    if (entry.path().extension() == ".png") image = entry.path();
  fs::rename(image, hidden);
  Added added = loop.add(kAllTeach);
  EXPECT_EQ(added.images.taken, 1);
  EXPECT_EQ(added.images.awaited, 1);
  fs::rename(hidden, image);
  EXPECT_EQ(loop.add(kAllTeach).images.taken, 1);
  loop.spool.add(3);
  loop.spool.close();
  for (const auto& entry : fs::directory_iterator(loop.spool.folder() / "incoming"))
    fs::remove(entry.path());
  added = add_from_spool(*loop.store, loop.spool.folder(), {.images = {.patience_minutes = 0}});
  EXPECT_EQ(added.images.lost, 1);
}

TEST(Add, RemovesFromTheSpoolWhatItTook) {
  LoopOfTest loop;
  for (int i = 0; i < 5; ++i) loop.spool.add(i);
  AddOptions options = kAllTeach;
  options.images.remove = true;
  EXPECT_EQ(loop.add(options).images.taken, 5);
  EXPECT_TRUE(fs::is_empty(loop.spool.folder() / "incoming"));
  loop.spool.add(3);  // it comes again
  EXPECT_EQ(loop.add(options).images.taken, 0);
  EXPECT_EQ(loop.count("SELECT count(*) FROM image"), 5);
}

TEST(Add, ReadsAsManyLinesAsAskedAndSaysThatThereAreMore) {
  LoopOfTest loop;
  for (int i = 0; i < 10; ++i) loop.spool.add(i);
  AddOptions options = kAllTeach;
  options.read.most_lines = 4;
  int64_t lines = 0;
  for (const bool more : {true, true, false}) {
    const Added added = loop.add(options);
    EXPECT_EQ(added.more, more);
    lines += added.lines;
  }
  EXPECT_EQ(lines, 10);
}

TEST(Add, RefusesAFolderThatIsNoSpool) {
  LoopOfTest loop;
  EXPECT_THROW(add_from_spool(*loop.store, loop.folder.path / "nowhere"), Error);
}

TEST(Add, DriftIsAnAlarmWithItsImages) {
  LoopOfTest loop(/*keep_ok=*/.3);
  const WatchOptions watch{.alarm_every = 100'000, .batch = 50, .least_parts = 200};
  int number = 0;
  const auto run = [&](int parts, int brightness) {
    for (int i = 0; i < parts; ++i)
      loop.spool.add(
          ++number,
          {.probability = .01 + .02 * Random(91, 0, static_cast<uint64_t>(number)).uniform(),
           .part = fmt::format("part {}", number),
           .brightness = brightness});
    return loop.add(kAllTeach);
  };
  EXPECT_THROW(freeze_baseline(*loop.store, {.good_by = "anna"}, watch), Error) << "no parts yet";
  run(400, 120);
  EXPECT_THROW(freeze_baseline(*loop.store, {}, watch), Error) << "nobody";
  const auto frozen = freeze_baseline(*loop.store, {.good_by = "anna"}, watch);
  ASSERT_EQ(frozen.size(), 1u);
  EXPECT_EQ(frozen[0].parts, 400);
  EXPECT_TRUE(run(200, 120).alarms.empty());
  const Added added = run(100, 128);
  ASSERT_FALSE(added.alarms.empty());
  const Alarm& alarm = added.alarms[0];
  EXPECT_THAT(alarm.text, HasSubstr("mean"));
  EXPECT_NEAR(std::stoi(alarm.since.substr(5)), 601, 100);
  EXPECT_FALSE(alarm.images.empty());
  EXPECT_THAT(alarm.images[0], testing::StartsWith("ok-"));
  const auto open = loop.store->read(open_alarms);
  EXPECT_EQ(open.size(), added.alarms.size());
  EXPECT_TRUE(run(50, 128).alarms.empty()) << "one at a time";
  for (const Alarm& one : open) close_alarm(*loop.store, one.id, "anna", "a new lamp");
  EXPECT_THROW(close_alarm(*loop.store, open[0].id, "anna", "again"), Error);
  EXPECT_FALSE(run(150, 128).alarms.empty()) << "it goes on";
  EXPECT_TRUE(review::check(*loop.store, /*rebuild=*/true).ok());
}

}  // namespace
}  // namespace paucal::loop
