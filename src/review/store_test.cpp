// What decisions do, who may make them, and what is taken back.

#include "review/honeypots.h"
#include "review/readings.h"
#include "review/second_readings.h"
#include "review/test_review.h"

namespace paucal::review {
namespace {

using test::code_of;
using test::done;
using test::Review;
using testing::ElementsAre;
using testing::HasSubstr;

// Of made_up_run(): 1 is OK; 2 is NG with the boxes p1, p2; 3 is NG with p3; 4 is OK.
const Json kOk = {{"verdict", "OK"}}, kNg = {{"verdict", "NG"}};

TEST(Store, AVerdictClosesTheImageAndOkRejectsItsProposals) {
  Review review(6);
  ASSERT_TRUE(done(review.act(review.anna, 2, "verdict", kOk)));
  const Decision decision = review.decision(2);
  EXPECT_EQ(decision.status, "done");
  EXPECT_EQ(decision.verdict, "OK");
  ASSERT_EQ(decision.items.size(), 2u);
  EXPECT_EQ(decision.items.at("p1").state, "rejected");
  EXPECT_EQ(decision.items.at("p2").state, "rejected");
}

TEST(Store, OkRemovesWhatWasDrawnAndAccepted) {
  Review review(6);
  ASSERT_TRUE(done(review.act(review.anna, 2, "accept", {}, "p1")));
  ASSERT_TRUE(
      done(review.act(review.anna, 2, "add", {{"class", "dent"}, {"geometry", {1, 2, 3, 4}}})));
  ASSERT_TRUE(done(review.act(review.anna, 2, "verdict", kOk)));
  for (const auto& [id, item] : review.decision(2).items) EXPECT_FALSE(item.stands()) << id;
}

TEST(Store, DoneAcceptsEveryProposalThatWasNotRejected) {
  Review review(6);
  ASSERT_TRUE(done(review.act(review.anna, 2, "reject", {}, "p2")));
  ASSERT_TRUE(done(review.act(review.anna, 2, "done")));
  const Decision decision = review.decision(2);
  EXPECT_EQ(decision.verdict, "NG");
  EXPECT_EQ(decision.items.at("p1").state, "accepted");
  EXPECT_EQ(decision.items.at("p2").state, "rejected");
}

TEST(Store, DoneWithoutObjectsIsOkOnlyWhereTheImageWasNotNg) {
  Review review(6);
  ASSERT_TRUE(done(review.act(review.anna, 1, "done")));
  EXPECT_EQ(review.decision(1).verdict, "OK");
  ASSERT_TRUE(done(review.act(review.anna, 3, "reject")));
  ASSERT_TRUE(done(review.act(review.anna, 3, "done")));
  EXPECT_EQ(review.decision(3).verdict, "NG");
}

TEST(Store, ASecondWriteOnOneVersionIsAConflictAndShowsWhatIsThere) {
  Review review(6);
  ASSERT_TRUE(done(review.act_on(review.anna, 2, 0, "verdict", kOk)));
  const ActResult second = review.act_on(review.ben, 2, 0, "verdict", kNg);
  EXPECT_EQ(code_of(second), "conflict");
  EXPECT_EQ(std::get<Refusal>(second).status, 409);
  EXPECT_EQ(std::get<Refusal>(second).state.at("version"), 1);
  EXPECT_EQ(std::get<Refusal>(second).state.at("verdict"), "OK");
  EXPECT_EQ(review.decision(2).verdict, "OK");
}

TEST(Store, ARetryGetsTheFirstAnswer) {
  Review review(6);
  const Ask ask{.client_seq = 500,
                .image = 2,
                .base_version = 0,
                .action = "add",
                .after = {{"class", "dent"}, {"geometry", {1, 2, 3, 4}}}};
  const ActResult first = review.act_as(review.anna, ask);
  ASSERT_TRUE(done(review.act(review.anna, 2, "accept", {}, "p1")));
  const ActResult again = review.act_as(review.anna, ask);
  ASSERT_TRUE(done(first) && done(again));
  EXPECT_EQ(std::get<Acted>(again).event, std::get<Acted>(first).event);
  EXPECT_EQ(std::get<Acted>(again).images[0].version, 1);
  EXPECT_EQ(review.version(2), 2);
}

TEST(Store, WhatIsAskedWronglyChangesNothing) {
  Review review(6);
  const auto refused = [&](const char* action, Json after, const char* item = "") {
    return code_of(review.act(review.anna, 2, action, std::move(after), item));
  };
  EXPECT_EQ(refused("verdict", {{"verdict", "MAYBE"}}), "bad");
  EXPECT_EQ(refused("verdict", {{"verdict", "OK"}, {"class", "dent"}}), "bad");
  EXPECT_EQ(refused("explode", {}), "unknown");
  EXPECT_EQ(refused("accept", {}, "p999"), "unknown");
  EXPECT_EQ(refused("accept", {}, "p3"), "unknown") << "the object of another image";
  EXPECT_EQ(refused("relabel", {{"class", "moss"}}, "p1"), "unknown");
  EXPECT_EQ(refused("add", {{"class", "dent"}, {"geometry", {1, 2, 3}}}), "bad");
  EXPECT_EQ(refused("add", {{"class", "dent"}, {"geometry", {1, 2, -3, 4}}}), "bad");
  EXPECT_EQ(refused("add", {{"class", "dent"}, {"geometry", {1e9, 2, 3, 4}}}), "bad");
  EXPECT_EQ(refused("add", {{"class", "dent"}, {"kind", "cloud"}, {"geometry", {1, 2}}}), "bad");
  EXPECT_EQ(code_of(review.act(review.anna, 77, "done")), "unknown");
  Person viewer = review.anna;
  viewer.role = Role::kViewer;
  EXPECT_EQ(code_of(review.act(viewer, 2, "done")), "forbidden");
  EXPECT_EQ(review.version(2), 0);
}

TEST(Store, AnEditKeepsEveryDigit) {
  Review review(6);
  const Json geometry = Json::parse("[0.1, 1e-7, 3.0000000000000004, 12]");
  ASSERT_TRUE(done(review.act(review.anna, 2, "edit", {{"geometry", geometry}}, "p1")));
  EXPECT_EQ(review.decision(2).items.at("p1").geometry, geometry.dump());
  EXPECT_EQ(review.decision(2).items.at("p1").state, "edited");
}

TEST(Store, UndoAndRedoGoBackAndForthThroughOnesOwnEvents) {
  Review review(6);
  const Decision nothing = review.decision(2);
  ASSERT_TRUE(done(review.act(review.anna, 2, "reject", {}, "p1")));
  const Decision rejected = review.decision(2);
  ASSERT_TRUE(done(review.act(review.anna, 2, "done")));
  const Decision closed = review.decision(2);
  ASSERT_TRUE(done(review.act(review.ben, 3, "verdict", kOk)));

  ASSERT_TRUE(done(review.undo(review.anna)));
  EXPECT_EQ(review.decision(2), rejected);
  ASSERT_TRUE(done(review.undo(review.anna)));
  EXPECT_EQ(review.decision(2), nothing);
  EXPECT_EQ(code_of(review.undo(review.anna)), "nothing");
  EXPECT_EQ(review.decision(3).verdict, "OK") << "of somebody else";
  ASSERT_TRUE(done(review.redo(review.anna)));
  EXPECT_EQ(review.decision(2), rejected);
  ASSERT_TRUE(done(review.redo(review.anna)));
  EXPECT_EQ(review.decision(2), closed);
  EXPECT_EQ(code_of(review.redo(review.anna)), "nothing");
  EXPECT_EQ(review.version(2), 6);
}

TEST(Store, AfterSomethingElseNothingIsRedone) {
  Review review(6);
  ASSERT_TRUE(done(review.act(review.anna, 2, "done")));
  ASSERT_TRUE(done(review.undo(review.anna)));
  ASSERT_TRUE(done(review.act(review.anna, 3, "done")));
  EXPECT_EQ(code_of(review.redo(review.anna)), "nothing");
}

TEST(Store, WhatSomebodyElseChangedIsNotUndone) {
  Review review(6);
  ASSERT_TRUE(done(review.act(review.anna, 2, "done")));
  ASSERT_TRUE(done(review.act(review.ben, 2, "reject", {}, "p1")));
  const Decision now = review.decision(2);
  const ActResult undone = review.undo(review.anna);
  EXPECT_EQ(code_of(undone), "conflict");
  EXPECT_EQ(std::get<Refusal>(undone).state.at("version"), 2);
  EXPECT_EQ(review.decision(2), now);
}

TEST(Queue, HandsOutEachImageToOnePerson) {
  Review review(6);
  EXPECT_THAT(review.next(review.anna, 2), ElementsAre(1, 2));
  EXPECT_THAT(review.next(review.ben, 2), ElementsAre(3, 4));
  EXPECT_THAT(review.next(review.anna, 2), ElementsAre(1, 2)) << "a reload gets them again";
  EXPECT_THAT(review.next(review.anna, 1, {1, 2}), ElementsAre(5));
  EXPECT_EQ(code_of(review.act(review.ben, 1, "done")), "conflict");
  ASSERT_TRUE(done(review.act(review.anna, 1, "done")));
  EXPECT_THAT(review.next(review.anna, 3), ElementsAre(2, 5, 6));
  review.store_->write([&](Database& db) { release(db, review.anna, {2}); });
  EXPECT_THAT(review.next(review.ben, 8), ElementsAre(2, 3, 4));
}

TEST(Queue, CountsWhatIsOpen) {
  Review review(6);
  const auto open = [&] { return review.store_->read(queues).at(0).remaining; };
  EXPECT_EQ(open(), 6);
  ASSERT_TRUE(done(review.act(review.anna, 1, "done")));
  ASSERT_TRUE(done(review.act(review.anna, 2, "unsure", {{"note", "glare?"}})));
  EXPECT_EQ(open(), 4);
  ASSERT_TRUE(done(review.undo(review.anna)));
  EXPECT_EQ(open(), 5);
  ASSERT_TRUE(done(review.act(review.ben, 1, "reopen")));
  EXPECT_EQ(open(), 6);
}

TEST(Queue, LeasesEndAlsoWhereTheClockIsSetBack) {
  Review review(3);
  EXPECT_THAT(review.next(review.anna), ElementsAre(1));
  review.clock_->now += kLeaseMicroseconds + 1;
  EXPECT_THAT(review.next(review.ben), ElementsAre(1));
  review.clock_->now -= int64_t{86'400} * 1'000'000;
  EXPECT_THAT(review.next(review.anna), ElementsAre(1));
  ASSERT_TRUE(done(review.act(review.anna, 1, "done")));
  ASSERT_TRUE(done(review.act(review.anna, 1, "reopen")));
  EXPECT_TRUE(check(*review.store_, /*rebuild=*/true).ok()) << "events go by their order";
}

TEST(Readings, ASecondReaderSeesNothingAndDisputesWhatDiffers) {
  Review review(3, /*blind_share=*/1);
  ASSERT_TRUE(done(review.act(review.anna, 2, "done")));
  EXPECT_THAT(review.next(review.anna, 8), ElementsAre(1, 3)) << "not what she read herself";
  const auto ben_gets = review.next(review.ben, 8, {1, 3});
  ASSERT_EQ(ben_gets.size(), 1u);
  const int64_t shadow = ben_gets[0];
  const Json seen = review.store_->read([&](Database& db) { return image_json(db, shadow); });
  EXPECT_EQ(seen.at("purpose"), "blind");
  EXPECT_EQ(seen.at("proposals"), Json::array());
  for (const char* tells : {"path", "label", "split"}) EXPECT_FALSE(seen.contains(tells)) << tells;
  const auto access = review.store_->read([&](Database& db) {
    return check_access(db, review.moment(), review.ben, 2, /*to_write=*/false);
  });
  ASSERT_TRUE(access.has_value());
  EXPECT_EQ(access->status, 403);

  ASSERT_TRUE(done(review.act(review.ben, shadow, "done")));
  EXPECT_EQ(review.decision(2).status, "disputed");
  EXPECT_EQ(code_of(review.act(review.anna, 2, "done")), "forbidden");
  const auto readings = review.store_->read([](Database& db) { return readings_of(db, 2); });
  ASSERT_TRUE(readings);
  ASSERT_TRUE(
      done(review.act(review.admin, 2, "arbitrate", {{"take", readings->a == 2 ? "A" : "B"}})));
  EXPECT_EQ(review.decision(2).status, "done");
  EXPECT_EQ(review.decision(2).verdict, "NG");
  for (const Person* reader : {&review.anna, &review.ben}) {
    const SecondReadings readings =
        review.store_->read([&](Database& db) { return second_readings(db, reader->id); });
    EXPECT_EQ(readings.seen, 1);
    EXPECT_EQ(readings.agreed, 0) << "also after an arbiter decided";
  }
  EXPECT_TRUE(check(*review.store_, /*rebuild=*/true).ok());
}

TEST(Readings, EqualOnesAgree) {
  Review review(3, /*blind_share=*/1);
  ASSERT_TRUE(done(review.act(review.anna, 3, "done")));
  const auto images = review.next(review.ben, 8, {1, 2});
  ASSERT_EQ(images.size(), 1u);
  ASSERT_TRUE(done(review.act(review.ben, images[0], "add",
                              {{"class", "scratch"}, {"geometry", {11, 21, 12, 8}}})));
  ASSERT_TRUE(done(review.act(review.ben, images[0], "done")));
  EXPECT_EQ(review.decision(3).status, "done");
  const Json readings = review.store_->read(
      [&](Database& db) { return second_readings(db, review.anna.id).to_json(); });
  EXPECT_EQ(readings["agreed"], 1);
  EXPECT_NEAR(readings["low"].get<double>(), .025, 1e-9) << "one of one tells little";
}

TEST(Readings, AHoneypotIsCountedAndNeverExported) {
  Review review(4);
  ASSERT_TRUE(done(review.act(review.anna, 2, "done")));
  const auto shadow = review.store_->write([&](Database& db) {
    return plant_honeypot(db, review.moment(), 2, /*queue=*/1, /*rank=*/-1);
  });
  ASSERT_TRUE(shadow.has_value());
  EXPECT_THAT(review.next(review.ben), ElementsAre(*shadow));
  ASSERT_TRUE(done(review.act(review.ben, *shadow, "done")));
  const auto figures = review.store_->read(
      [&](Database& db) { return honeypot_figures(db, review.ben.id, INT64_MAX); });
  EXPECT_EQ(figures.seen, 1);
  EXPECT_EQ(figures.agreed, 0);
  Exported counts;
  review.store_->read([&](Database& db) { return reviewed_boxes(db, 0, counts); });
  EXPECT_EQ(counts.images, 1);
}

TEST(Store, OneProcessWritesAndOthersRead) {
  Review review(3);
  const auto folder = review.folder_.path / "review";
  try {
    Store::open(folder);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("another process works on it"));
  }
  const auto reader = Store::open_to_read(folder);
  ASSERT_TRUE(done(review.act(review.anna, 1, "done")));
  EXPECT_EQ(reader->read([](Database& db) { return load_decision(db, 1); }).verdict, "OK");
  EXPECT_THROW(reader->write([](Database&) {}), Error);
}

TEST(Store, ABackupIsAWholeStoreAndTheOldestGo) {
  Review review(3);
  ASSERT_TRUE(done(review.act(review.anna, 1, "done")));
  test::fs::path last;
  for (int day = 0; day < 3; ++day) {
    review.clock_->now += int64_t{86'400} * 1'000'000;
    last = review.store_->backup(2);
  }
  EXPECT_EQ(std::distance(test::fs::directory_iterator(last.parent_path()), {}), 2);
  const test::Folder other;
  test::fs::copy_file(last, other.path / "review.db");
  const auto restored = Store::open(other.path);
  EXPECT_EQ(restored->read([](Database& db) { return load_decision(db, 1); }).verdict, "OK");
  EXPECT_TRUE(check(*restored, true).ok());
}

TEST(Store, DamageIsRefusedAndTheLastBackupNamed) {
  Review review(300);
  const auto backup = review.store_->backup();
  const auto folder = review.folder_.path / "review";
  review.store_.reset();
  {
    std::FILE* file = std::fopen((folder / "review.db").c_str(), "r+b");
    for (long page = 8; page < 40; ++page) {
      std::fseek(file, page * 4096 + 3, SEEK_SET);
      std::fputs("damage damage damage", file);
    }
    std::fclose(file);
  }
  try {
    Store::open(folder);
    FAIL();
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("damaged"));
    EXPECT_THAT(error.what(), HasSubstr(backup.string()));
  }
}

}  // namespace
}  // namespace paucal::review
