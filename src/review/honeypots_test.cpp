// Honeypots: they look like any other image, and they tell how a reader does.

#include "review/honeypots.h"

#include <set>

#include "review/bulk.h"
#include "review/test_review.h"

namespace paucal::review {
namespace {

using test::done;
using test::Review;

constexpr int kImages = 400;

std::vector<int64_t> honeypots_in(Review& review) {
  return review.store_->read([](Database& db) {
    std::vector<int64_t> ids;
    for (auto rows = db.query("SELECT image_id FROM honeypot ORDER BY 1"); rows.step();)
      ids.push_back(rows.integer(0));
    return ids;
  });
}

Json shown(Review& review, int64_t image) {
  return review.store_->read([&](Database& db) { return image_json(db, image); });
}

std::set<std::string> keys_of(const Json& json) {
  std::set<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.insert(key);
  return keys;
}

class Planted : public testing::Test {
 protected:
  void SetUp() override {
    review_.close_all(review_.anna, kImages);
    honeypots_ = honeypots_in(review_);
    last_ = *review_.store_->read([](Database& db) {
      return db.integer("SELECT max(id) FROM image WHERE shadow_of IS NULL");
    });
  }
  Review review_{kImages, /*blind_share=*/0, /*honeypot_share=*/.06};
  std::vector<int64_t> honeypots_;
  int64_t last_ = 0;
};

TEST_F(Planted, AboutTheShareThatWasAskedFor) {
  EXPECT_GT(honeypots_.size(), kImages * .03);
  EXPECT_LT(honeypots_.size(), kImages * .09);
  EXPECT_TRUE(check(*review_.store_, /*rebuild=*/true).ok());
}

TEST_F(Planted, NoAnswerTells) {
  // An image of its own that is still open, beside which they are shown.
  RunImages more = test::made_up_run(kImages + 40);
  more.folder = "/nowhere/more";
  import_run(*review_.store_, more);
  const Json ordinary_ng = shown(review_, last_ + 3);
  ASSERT_EQ(ordinary_ng["status"], "open");
  std::set<std::string> paths;
  int with_proposals = 0;
  for (const int64_t image : honeypots_) {
    const Json json = shown(review_, image);
    EXPECT_EQ(keys_of(json), keys_of(ordinary_ng));
    EXPECT_EQ(json["purpose"], "review");
    EXPECT_FALSE(json["scores"].empty());
    EXPECT_EQ(keys_of(json["scores"][0]), keys_of(ordinary_ng["scores"][0]));
    EXPECT_FALSE(json["label"].is_null());
    EXPECT_EQ(json["split"], "train");
    EXPECT_LT(image, last_) << "as if it had been imported";
    EXPECT_FALSE(review_.store_->read([&](Database& db) {
      return db.integer("SELECT 1 FROM image WHERE shadow_of IS NULL AND path = ?",
                        json["path"].get<std::string>());
    })) << json["path"];
    EXPECT_TRUE(paths.insert(json["path"]).second);
    const auto proposals_before = [&](int64_t end) {
      return review_.store_->read([&](Database& db) {
        return db.integer("SELECT max(id) FROM proposal WHERE run_id = 1 AND image_id < ?", end);
      });
    };
    for (const Json& proposal : json["proposals"]) {
      ++with_proposals;
      EXPECT_FALSE(proposal["score"].is_null());
      EXPECT_FALSE(proposal["evidence"].is_null());
      EXPECT_EQ(std::stoll(proposal["id"].get<std::string>().substr(1)),
                *proposals_before(image) + 1);
      for (const Json& number : proposal["geometry"])
        EXPECT_LE(number.dump().size(), 6u) << number << ": digits of a sum";
    }
  }
  EXPECT_GT(with_proposals, static_cast<int>(honeypots_.size()) / 2);
}

TEST_F(Planted, NeitherAccessNorBulkTells) {
  for (const int64_t image : honeypots_) {
    const int64_t of = review_.store_->read([&](Database& db) { return shadow_of(db, image)->of; });
    review_.store_->write([&](Database& db) {
      db.run("INSERT INTO lease VALUES(?,?,?)", image, review_.ben.id,
             review_.moment().now + kLeaseMicroseconds);
    });
    review_.store_->read([&](Database& db) {
      for (const int64_t asked : {of, image}) {
        EXPECT_FALSE(check_access(db, review_.moment(), review_.ben, asked, false)) << asked;
        EXPECT_FALSE(check_access(db, review_.moment(), review_.anna, asked, false)) << asked;
      }
      const auto set = bulk_set(db, review_.moment(), review_.ben,
                                {.action = "verdict", .verdict = "OK", .images = {image}});
      EXPECT_EQ(std::get<BulkSet>(set).items.size(), 1u);
    });
  }
}

TEST_F(Planted, OnlyThoseGetThemWhoCannotKnow) {
  EXPECT_TRUE(review_.next(review_.anna, 8).empty()) << "she closed the images themselves";
  EXPECT_TRUE(review_.next(review_.admin, 8).empty()) << "admins see the list of all images";
  EXPECT_EQ(review_.next(review_.ben, 8).size(), 8u);
}

TEST_F(Planted, WhatAReaderIsToldEndsTheDayBefore) {
  const auto images = review_.next(review_.ben, 1);
  ASSERT_EQ(images.size(), 1u);
  ASSERT_TRUE(done(review_.act(review_.ben, images[0], "done")));
  const auto seen = [&] {
    return review_.store_->read([&](Database& db) {
      return honeypot_figures(db, review_.ben.id, honeypots_told_until(review_.moment())).seen;
    });
  };
  EXPECT_EQ(seen(), 0);
  review_.clock_->now += int64_t{86'400} * 1'000'000;
  EXPECT_EQ(seen(), 1);
}

TEST(Honeypots, SmallStoresGetNone) {
  Review review(60, /*blind_share=*/0, /*honeypot_share=*/.06);
  review.close_all(review.anna, 60);
  EXPECT_TRUE(honeypots_in(review).empty());
}

TEST(Honeypots, WithoutAReaderWhoDoesNotKnowTheImageThereIsNone) {
  Review review(kImages, /*blind_share=*/0, /*honeypot_share=*/.06);
  review.store_->write([](Database& db) { return set_disabled(db, "ben", true); });
  review.close_all(review.anna, kImages);
  EXPECT_TRUE(honeypots_in(review).empty());
}

TEST(Honeypots, AnAnswerThatOnePersonAloneGaveIsNotKnown) {
  RunImages run = test::made_up_run(kImages);
  for (RunImage& image : run.images) image.label.clear();
  Review review(run, /*blind_share=*/0, /*honeypot_share=*/.06);
  std::vector<int64_t> open = review.next(review.anna, 8);
  review.store_->write([&](Database& db) {
    int64_t seq = 0;
    for (auto rows = db.query("SELECT id FROM image ORDER BY id"); rows.step();)
      std::ignore = act(db, review.moment(), review.anna,
                        {.client_seq = ++seq + 1'000'000,
                         .image = rows.integer(0),
                         .base_version = 0,
                         .action = "verdict",
                         .after = {{"verdict", "NG"}}});
  });
  EXPECT_TRUE(honeypots_in(review).empty());
}

// How readers of four habits do on the honeypots that others' work left.
HoneypotFigures figures_of(Review& review, const std::string& habit) {
  const auto images = honeypots_in(review);
  review.store_->write([&](Database& db) {
    int64_t seq = 2'000'000;
    for (const int64_t image : images) {
      const bool ok =
          db.text("SELECT truth FROM honeypot WHERE image_id = ?", image) == std::string("OK");
      const auto say = [&](const char* action, Json after) {
        const auto result = act(db, review.moment(), review.ben,
                                {.client_seq = ++seq,
                                 .image = image,
                                 .base_version = version_of(db, image),
                                 .action = action,
                                 .after = std::move(after)});
        EXPECT_TRUE(std::holds_alternative<Acted>(result));
      };
      if (habit == "careful") say("reject", Json::object());
      if (habit == "accepts all")
        say("done", Json::object());
      else if (habit == "says OK" || (habit == "careful" && ok))
        say("verdict", {{"verdict", "OK"}});
      else
        say("verdict", {{"verdict", "NG"}});
    }
  });
  return review.store_->read(
      [&](Database& db) { return honeypot_figures(db, review.ben.id, INT64_MAX); });
}

TEST(Honeypots, TellWhichReaderIsBiased) {
  for (const char* habit : {"careful", "accepts all", "says OK", "says NG"}) {
    Review review(kImages, /*blind_share=*/0, /*honeypot_share=*/.06);
    review.close_all(review.anna, kImages);
    const HoneypotFigures figures = figures_of(review, habit);
    ASSERT_GT(figures.seen, 10) << habit;
    if (std::string_view(habit) == "careful") {
      EXPECT_EQ(figures.agreed, figures.seen);
      EXPECT_GT(figures.interval().low, .7);
    } else {
      EXPECT_LT(figures.interval().high, .9) << habit << " " << figures.agreed;
    }
    const std::string_view name = habit;
    EXPECT_EQ(figures.verdicts.ng_found == 0, name == "says OK") << name;
    if (name != "accepts all") {
      EXPECT_EQ(figures.verdicts.ok_kept == 0, name == "says NG") << name;
    }
  }
}

// A reader who misses one NG in four, against one who misses one in fifty: in how many of 300 draws
// of 120 honeypots the intervals part.
TEST(Honeypots, PartABiasedReaderFromAGoodOneInMostDraws) {
  int parted = 0, slandered = 0;
  for (uint64_t seed = 0; seed < 300; ++seed) {
    Random random(seed, 1, 0);
    HoneypotFigures good, biased;
    for (HoneypotFigures* one : {&good, &biased}) {
      one->seen = 120;
      for (int i = 0; i < 120; ++i) one->agreed += random.uniform() >= (one == &good ? .02 : .25);
    }
    parted += biased.interval().high < good.interval().low;
    slandered += good.interval().high < .95;
  }
  EXPECT_GE(parted, 285);
  EXPECT_LE(slandered, 15);
}

}  // namespace
}  // namespace paucal::review
