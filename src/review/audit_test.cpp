// An audit from its opening to its result: what is drawn, who may read it, what counts, and what
// somebody with the file in hand can compute again.

#include "review/audit.h"

#include <sqlite3.h>

#include "base/sha256.h"
#include "review/readings.h"
#include "review/schema.h"
#include "review/test_review.h"

namespace paucal::review {
namespace {

using test::code_of;
using test::done;
using test::Review;
using testing::Contains;
using testing::HasSubstr;
using testing::IsEmpty;

const Json kSaysOk = {{"verdict", "OK"}}, kSaysNg = {{"verdict", "NG"}};

class AuditOf : public testing::Test {
 protected:
  explicit AuditOf(int images = 30) : images_(images), review_(images) {}

  AuditStatus open(AuditOptions options = {}) {
    auto opened = review_.store_->write(
        [&](Database& db) { return open_audit(db, review_.moment(), review_.admin.id, options); });
    if (const auto* refused = std::get_if<Refusal>(&opened)) {
      ADD_FAILURE() << refused->message;
      return {};
    }
    return std::get<AuditStatus>(std::move(opened));
  }
  std::string refused_to_open(const AuditOptions& options) {
    const auto opened = review_.store_->write(
        [&](Database& db) { return open_audit(db, review_.moment(), 0, options); });
    const auto* refused = std::get_if<Refusal>(&opened);
    return refused ? refused->message : "";
  }
  AuditStatus status() {
    return *review_.store_->read([](Database& db) { return audit_status(db, 1); });
  }
  ActResult close() {
    const auto closed = review_.store_->write(
        [&](Database& db) { return close_audit(db, review_.moment(), 0, 1); });
    if (const auto* refused = std::get_if<Refusal>(&closed)) return *refused;
    return Acted{};
  }
  // The k-th look, from 1: its shadow, and the image.
  int64_t shadow(int k) { return number("shadow_id", k); }
  int64_t image(int k) { return number("image_id", k); }
  bool claims_ok(int k) {
    return review_.store_->read([&](Database& db) {
      return db.text("SELECT claim FROM audit_item WHERE ord = ?", k);
    }) == "OK";
  }
  // Ben's reading of the k-th look, the claim or its opposite.
  bool reads(int k, bool agrees) {
    return done(
        review_.act(review_.ben, lease(k), "verdict", claims_ok(k) == agrees ? kSaysOk : kSaysNg));
  }
  int64_t lease(int k) {
    review_.store_->write([&](Database& db) {
      db.run("INSERT OR REPLACE INTO lease VALUES(?,?,?)", shadow(db, k), review_.ben.id,
             review_.moment().now + kLeaseMicroseconds);
    });
    return shadow(k);
  }
  CheckReport checked() { return check(*review_.store_, /*rebuild=*/true); }
  CheckReport checked_after(const char* sql) {
    const auto folder = review_.folder_.path / "review";
    review_.store_.reset();
    sqlite3* connection = nullptr;
    EXPECT_EQ(sqlite3_open((folder / kDatabaseName).c_str(), &connection), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(connection, sql, nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(connection);
    sqlite3_close(connection);
    review_.store_ = Store::open(folder, review_.options());
    return checked();
  }

  int images_;
  Review review_;

 private:
  static int64_t shadow(Database& db, int k) {
    return *db.integer("SELECT shadow_id FROM audit_item WHERE ord = ?", k);
  }
  int64_t number(const char* column, int k) {
    return review_.store_->read([&](Database& db) {
      return *db.integer(fmt::format("SELECT {} FROM audit_item WHERE ord = ?", column), k);
    });
  }
};

class AuditOfLabels : public AuditOf {
 protected:
  void SetUp() override { review_.close_all(review_.anna, images_ - 2); }
};

TEST_F(AuditOfLabels, CoversWhatIsClosedAndSaysWhatNot) {
  const AuditStatus opened = open();
  EXPECT_EQ(opened.name, "audit 1");
  EXPECT_EQ(opened.terms.population, images_ - 2);
  EXPECT_EQ(opened.terms.not_covered, 2);
  EXPECT_EQ(opened.all.seen(), 0);
  EXPECT_EQ(opened.verdict(), "undecided");
  EXPECT_EQ(opened.bounds().low, 0);
  EXPECT_TRUE(checked().ok()) << testing::PrintToString(checked().problems);
}

TEST_F(AuditOfLabels, IsReadBlindByWhoeverDidNotLabel) {
  const AuditStatus opened = open();
  const auto next = [&](const Person& person) {
    return std::get<std::vector<int64_t>>(review_.store_->write(
        [&](Database& db) { return hand_out(db, review_.moment(), person, opened.queue, 8, {}); }));
  };
  EXPECT_THAT(next(review_.anna), IsEmpty());
  const auto images = next(review_.ben);
  ASSERT_EQ(images.size(), 8u);
  EXPECT_EQ(images[0], shadow(1));
  const Json seen = review_.store_->read([&](Database& db) { return image_json(db, images[0]); });
  EXPECT_EQ(seen.at("purpose"), "blind");
  EXPECT_EQ(seen.at("proposals"), Json::array());
  EXPECT_EQ(seen.at("scores"), Json::array());
  for (const char* tells : {"path", "label", "split"}) EXPECT_FALSE(seen.contains(tells)) << tells;
  const auto access = review_.store_->read([&](Database& db) {
    return check_access(db, review_.moment(), review_.ben, image(1), /*to_write=*/false);
  });
  ASSERT_TRUE(access.has_value());
  EXPECT_EQ(access->code, "blind");
}

TEST_F(AuditOfLabels, CountsInTheOrderOfTheDrawAlone) {
  open();
  ASSERT_TRUE(reads(2, true) && reads(3, true));
  EXPECT_EQ(status().all.seen(), 0);
  EXPECT_EQ(status().waiting, 2);
  ASSERT_TRUE(reads(1, true));
  EXPECT_EQ(status().all.right, 3);
  EXPECT_EQ(status().waiting, 0);
  EXPECT_GT(status().bounds().low, 0);
}

TEST_F(AuditOfLabels, WhatIsUnsureStandsInBothBounds) {
  open();
  ASSERT_TRUE(reads(1, true));
  const AuditStatus before = status();
  ASSERT_TRUE(done(review_.act(review_.ben, lease(2), "unsure", {{"note", "glare"}})));
  const AuditStatus after = status();
  EXPECT_EQ(after.all.unsure, 1);
  EXPECT_EQ(after.low.estimate, .5);
  EXPECT_EQ(after.high.estimate, 1);
  EXPECT_LT(after.bounds().low, before.bounds().low);
  EXPECT_EQ(after.bounds().high, 1);
}

TEST_F(AuditOfLabels, AnArbiterDecidesWhoWasWrong) {
  open();
  ASSERT_TRUE(reads(1, false) && reads(2, false));
  EXPECT_EQ(status().all.disputed, 2);
  EXPECT_EQ(review_.decision(image(1)).status, "disputed");
  const auto take = [&](int k, bool label) {
    const auto readings =
        review_.store_->read([&](Database& db) { return readings_of(db, image(k)); });
    return done(review_.act(review_.admin, image(k), "arbitrate",
                            {{"take", (readings->a == image(k)) == label ? "A" : "B"}}));
  };
  ASSERT_TRUE(take(1, true));
  EXPECT_EQ(status().all.right, 1) << "the label was upheld";
  ASSERT_TRUE(take(2, false));
  EXPECT_EQ(status().all.wrong, 1) << "the label was wrong, and is mended";
  EXPECT_EQ(status().all.disputed, 0);
  ASSERT_TRUE(done(close()));
  EXPECT_TRUE(checked().ok()) << testing::PrintToString(checked().problems);
}

TEST_F(AuditOfLabels, AfterItsEndNothingOfItChanges) {
  open();
  ASSERT_TRUE(reads(1, true) && reads(2, true));
  lease(3);
  ASSERT_TRUE(done(close()));
  EXPECT_EQ(code_of(close()), "state");
  EXPECT_EQ(code_of(review_.act(review_.ben, shadow(3), "verdict", kSaysOk)), "closed");
  EXPECT_EQ(code_of(review_.act(review_.ben, shadow(2), "reopen")), "closed");
  EXPECT_EQ(code_of(review_.undo(review_.ben)), "closed");
  EXPECT_EQ(review_.store_->read(queues).at(1).remaining, 0);
  EXPECT_EQ(status().all.right, 2);
  EXPECT_TRUE(status().closed_at.has_value());
  const CheckReport report = checked();
  EXPECT_TRUE(report.ok()) << testing::PrintToString(report.problems);
}

TEST_F(AuditOfLabels, AllLookedAtIsTheShareItself) {
  open({.looks = 30});
  for (int k = 1; k <= images_ - 2; ++k) ASSERT_TRUE(reads(k, k != 5));
  const auto at = review_.store_->read([&](Database& db) { return readings_of(db, image(5)); });
  ASSERT_TRUE(done(review_.act(review_.admin, image(5), "arbitrate",
                               {{"take", at->a == image(5) ? "B" : "A"}})));
  EXPECT_DOUBLE_EQ(status().bounds().low, 27. / 28);
  EXPECT_DOUBLE_EQ(status().bounds().high, 27. / 28);
  EXPECT_EQ(status().verdict(), "holds");
  EXPECT_EQ(status().more_looks, 0);
}

TEST_F(AuditOfLabels, TellsWhenNobodyIsLeftToRead) {
  open();
  EXPECT_FALSE(status().stuck) << "ben can";
  review_.store_->write([](Database& db) {
    for (const char* name : {"ben", "head"}) std::ignore = set_disabled(db, name, true);
  });
  EXPECT_TRUE(status().stuck);
}

// With sqlite3 and sha256sum, as docs/quality-engineer.md says.
TEST_F(AuditOfLabels, AnybodyCanRecomputePopulationAndDraw) {
  const AuditStatus opened = open({.seed = "lottery of 30 November"});
  EXPECT_TRUE(opened.terms.seed_was_given);
  review_.store_->read([&](Database& db) {
    std::string lines;
    std::vector<std::pair<std::string, int64_t>> order;
    for (auto rows = db.query("SELECT image_id, verdict FROM image_state JOIN image ON id = "
                              "image_id WHERE shadow_of IS NULL AND status = 'done' ORDER BY 1");
         rows.step();) {
      lines += fmt::format("{} 0 {}\n", rows.integer(0), rows.text(1));
      order.emplace_back(sha256_hex(fmt::format("lottery of 30 November {}", rows.integer(0))),
                         rows.integer(0));
    }
    EXPECT_EQ(opened.terms.digest, sha256_hex(lines));
    std::ranges::sort(order);
    int64_t ord = 0;
    for (auto rows = db.query("SELECT image_id, pi FROM audit_item ORDER BY ord"); rows.step();) {
      EXPECT_EQ(rows.integer(0), order.at(static_cast<size_t>(ord++)).second);
      EXPECT_EQ(rows.real(1), opened.terms.strata[0].pi());
    }
    EXPECT_EQ(ord, opened.terms.strata[0].drawn);
  });
}

TEST_F(AuditOfLabels, AChangedClaimOrReadingIsNamed) {
  open();
  ASSERT_TRUE(reads(1, true) && reads(2, true) && done(close()));
  EXPECT_THAT(checked_after("UPDATE audit_item SET claim = 'MAYBE' WHERE ord = 1").problems,
              Contains(HasSubstr("table audit_item: 1 rows that do not follow")));
}

TEST_F(AuditOfLabels, AResultThatTheReadingsDoNotGiveIsNamed) {
  open();
  ASSERT_TRUE(reads(1, true));
  review_.store_->write([&](Database& db) {
    Json result = audit_status(db, 1)->to_json();
    result["right"] = 300;
    Event event = store_event(db, review_.moment(), "audit close");
    event.after = dump_json({{"audit", {{"id", 1}, {"result", result}}}});
    record(db, event);
  });
  EXPECT_THAT(checked().problems, Contains(HasSubstr("audit close: right is 300, expected 1")));
}

TEST_F(AuditOfLabels, ASampleThatTheSeedDoesNotGiveIsNamed) {
  review_.store_->write([&](Database& db) {
    AuditOptions options{.name = "picked", .seed = "1"};
    const Population population = find_population(db, options);
    AuditTerms terms{.options = options,
                     .population = population.size(),
                     .digest = population.digest(),
                     .strata = {{"all", population.size(), 1}}};
    const size_t picked = draw_looks(population, "1", std::vector<int64_t>{2})[1];
    const int64_t of = population.images[picked].image;
    Event event = store_event(db, review_.moment(), "audit open");
    event.after = dump_json(
        {{"audit",
          {{"id", 1},
           {"queue", 1},
           {"terms", terms.to_json()},
           {"items", Json::array({Json::array(
                         {of, add_shadow(db, review_.moment(), of, "audit"), 0, "OK"})})}}}});
    record(db, event);
  });
  EXPECT_THAT(checked().problems, Contains(HasSubstr("by the seed")));
}

TEST_F(AuditOfLabels, WhatCannotBeIsRefused) {
  open({.name = "week 48"});
  EXPECT_THAT(refused_to_open({.name = "week 48"}), HasSubstr("there already"));
  EXPECT_THAT(refused_to_open({.name = "a\nb"}), HasSubstr("one line"));
  EXPECT_THAT(refused_to_open({.name = std::string(200, 'x')}), HasSubstr("200 bytes"));
  EXPECT_NE(open().name, "week 48");
}

TEST_F(AuditOfLabels, ObjectsAreHeldAgainstObjects) {
  open({.judge = "objects", .looks = 28});
  for (int k = 1; k <= 28; ++k) {
    const int64_t at = lease(k);
    const Decision label = review_.decision(image(k));
    for (const auto& [id, item] : label.items) {
      if (!item.stands() || k == 7) continue;
      ASSERT_TRUE(
          done(review_.act(review_.ben, at, "add",
                           {{"class", item.class_id}, {"geometry", Json::parse(item.geometry)}})));
    }
    ASSERT_TRUE(
        done(review_.act(review_.ben, at, "verdict", label.verdict == "OK" ? kSaysOk : kSaysNg)));
  }
  const bool seventh_has_objects = !review_.decision(image(7)).items.empty();
  EXPECT_EQ(status().all.disputed, seventh_has_objects ? 1 : 0);
  EXPECT_EQ(status().all.right, seventh_has_objects ? 27 : 28);
  EXPECT_TRUE(checked().ok()) << testing::PrintToString(checked().problems);
}

class AuditOfImages : public AuditOf {
 protected:
  AuditOfImages() : AuditOf(120) {}
};

// Said NG: 80 images; said OK: 40, in made_up_run() all of one probability.
TEST_F(AuditOfImages, GivesTheRatesOfTheLine) {
  const AuditStatus opened = open({.of = "images", .strata = 3, .looks = 120});
  ASSERT_EQ(opened.terms.strata.size(), 3u);
  EXPECT_EQ(opened.terms.strata[0].name, "said NG");
  EXPECT_EQ(opened.terms.strata[0].items, 80);
  EXPECT_EQ(opened.terms.strata[1].items + opened.terms.strata[2].items, 40);
  int ng_passed = 0, ok_caught = 0;
  for (int k = 1; k <= 120; ++k) {
    const bool wrong = k % 30 == 0;
    (claims_ok(k) ? ng_passed : ok_caught) += wrong;
    ASSERT_TRUE(reads(k, !wrong));
  }
  const AuditStatus all = status();
  EXPECT_EQ(all.all.wrong, 4) << "readers of unseen images have the last word";
  const double ng = 80 - ok_caught + ng_passed;
  ASSERT_TRUE(all.rates.has_value());
  EXPECT_NEAR(all.rates->prevalence.estimate, ng / 120, 1e-12);
  EXPECT_NEAR(all.rates->escape.estimate, ng_passed / ng, 1e-12);
  EXPECT_NEAR(all.rates->overkill.bounds.low, ok_caught / (120 - ng), 1e-12);
  ASSERT_TRUE(done(close()));
  EXPECT_TRUE(checked().ok()) << testing::PrintToString(checked().problems);
}

TEST_F(AuditOfImages, CoversOnlyWhatNobodyClosed) {
  EXPECT_THAT(refused_to_open({}), HasSubstr("no closed image"));
  review_.close_all(review_.anna, 20);
  EXPECT_EQ(open({.of = "images"}).terms.population, 100);
}

TEST(Audit, SaysWhatIsPromisedInWords) {
  AuditStatus status;
  status.terms.population = 1240;
  status.terms.strata = {{"all", 1240, 400}};
  status.all = {.right = 198, .wrong = 2};
  status.strata.push_back(status.all);
  status.low = audited_share(status.terms, status.strata, false);
  status.high = audited_share(status.terms, status.strata, true);
  EXPECT_EQ(status.sentence(),
            "at least 95.8 % of 1240 labels are right (95 % confidence, at every look); 200 looked "
            "at, 2 wrong");
  EXPECT_EQ(status.verdict(), "holds");
}

TEST(Audit, AStoreOfBeforeGetsItsTables) {
  Review review(6);
  const auto folder = review.folder_.path / "review";
  review.store_.reset();
  {
    Database old(folder / kDatabaseName, Database::Mode::kWrite);
    old.execute("DROP TABLE audit_item; DROP TABLE audit; PRAGMA user_version = 1");
  }
  EXPECT_THAT(Store::open_to_read(folder)->read(audit_list), IsEmpty());
  EXPECT_TRUE(check(*Store::open_to_read(folder), /*rebuild=*/true).ok());
  review.store_ = Store::open(folder, review.options());
  review.close_all(review.anna, 6);
  const auto opened =
      review.store_->write([&](Database& db) { return open_audit(db, review.moment(), 0, {}); });
  EXPECT_TRUE(std::holds_alternative<AuditStatus>(opened));
}

}  // namespace
}  // namespace paucal::review
