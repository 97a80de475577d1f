// Whoever changes what was decided is found, with the place.

#include <sqlite3.h>

#include <cstdlib>

#include "base/sha256.h"
#include "review/schema.h"
#include "review/test_review.h"

namespace paucal::review {
namespace {

using test::done;
using test::Review;
using testing::Contains;
using testing::HasSubstr;

// Somebody with the file in hand, and without our rules.
void tamper(const test::fs::path& folder, const char* sql) {
  sqlite3* connection = nullptr;
  ASSERT_EQ(sqlite3_open((folder / kDatabaseName).c_str(), &connection), SQLITE_OK);
  EXPECT_EQ(sqlite3_exec(connection, sql, nullptr, nullptr, nullptr), SQLITE_OK)
      << sqlite3_errmsg(connection);
  sqlite3_close(connection);
}

class Chain : public testing::Test {
 protected:
  void SetUp() override {
    for (int64_t image = 1; image <= 6; ++image)
      ASSERT_TRUE(done(review_.act(review_.anna, image, "done")));
    ASSERT_TRUE(done(review_.undo(review_.anna)));
    ASSERT_TRUE(check(*review_.store_, true).ok());
  }
  CheckReport after(const char* sql, bool rebuild = false) {
    const auto folder = review_.folder_.path / "review";
    review_.store_.reset();
    tamper(folder, sql);
    review_.store_ = Store::open(folder, review_.options());
    return check(*review_.store_, rebuild);
  }
  Review review_{9};
};

TEST_F(Chain, EventsAreOnlyAdded) {
  EXPECT_THROW(review_.store_->write([](Database& db) { db.run("UPDATE event SET user_id = 2"); }),
               Error);
  EXPECT_THROW(review_.store_->write([](Database& db) { db.run("DELETE FROM event"); }), Error);
  EXPECT_TRUE(check(*review_.store_, false).ok());
}

// As a person with the program `sqlite3` would.
TEST_F(Chain, AnybodyCanRecomputeIt) {
  review_.store_->read([](Database& db) {
    std::string previous(kFirstHash);
    int64_t count = 0;
    for (auto rows = db.query(fmt::format(
             "SELECT json_array({}), hash, prev_hash FROM event ORDER BY id", kHashedColumns));
         rows.step(); ++count) {
      EXPECT_EQ(rows.text(2), previous);
      EXPECT_EQ(sha256_hex(rows.text(0)), rows.text(1));
      previous = rows.text(1);
    }
    EXPECT_EQ(count, 8);  // the import, six decisions, one undo
  });
}

TEST_F(Chain, AChangedEventIsNamed) {
  const CheckReport report =
      after("DROP TRIGGER event_stays; UPDATE event SET user_id = 2 WHERE id = 4");
  EXPECT_THAT(report.problems, Contains(HasSubstr("event 4: its hash is")));
}

TEST_F(Chain, AMissingEventIsNamed) {
  const CheckReport report = after(
      "DROP TRIGGER event_is_kept; DELETE FROM event_image WHERE event_id = 5;"
      "DELETE FROM undo WHERE event_id = 5; DELETE FROM event WHERE id = 5");
  EXPECT_THAT(report.problems, Contains(HasSubstr("event 6: follows event 4, expected event 5")));
  EXPECT_THAT(report.problems, Contains(HasSubstr("event 6: names")));
}

TEST_F(Chain, AStateThatNoEventMadeIsNamed) {
  const CheckReport report =
      after("UPDATE image_state SET verdict = 'OK' WHERE image_id = 2", /*rebuild=*/true);
  EXPECT_THAT(report.problems, Contains(HasSubstr("table image_state: 1 rows that do not follow")));
}

TEST_F(Chain, LastEventsThatAreCutAreFoundByWhatTheyLeft) {
  const CheckReport report =
      after("DROP TRIGGER event_is_kept; DELETE FROM event WHERE id >= 7", /*rebuild=*/true);
  EXPECT_FALSE(report.ok());
}

TEST_F(Chain, AChangedProposalIsNamed) {
  const CheckReport report = after("UPDATE proposal SET geometry = '[1,2,3,4]' WHERE id = 2");
  EXPECT_THAT(report.problems, Contains(HasSubstr("images and proposals of run 1")));
}

TEST(Schema, ANewerOneIsRefused) {
  Review review(1);
  const auto folder = review.folder_.path / "review";
  review.store_.reset();
  tamper(folder, "PRAGMA user_version = 99");
  EXPECT_THROW(Store::open(folder), Error);
  EXPECT_THROW(Store::open_to_read(folder), Error);
}

}  // namespace
}  // namespace paucal::review
