// Users, passwords, sessions, and how often somebody may try.

#include "review/people.h"

#include "review/logins.h"
#include "review/test_review.h"

namespace paucal::review {
namespace {

TEST(Passwords, FitTheirHashAlone) {
  const std::string hash = hash_password("ten letters");
  EXPECT_TRUE(hash.starts_with("$y$")) << hash;
  EXPECT_TRUE(password_fits("ten letters", hash));
  EXPECT_FALSE(password_fits("ten letterS", hash));
  EXPECT_FALSE(password_fits("ten letters", ""));
  EXPECT_FALSE(password_fits("", "*"));
  EXPECT_NE(hash_password("ten letters"), hash) << "salted";
}

TEST(Passwords, AreNeitherShortNorDefault) {
  EXPECT_TRUE(check_credentials("anna", "short").has_value());
  EXPECT_TRUE(check_credentials("anna", std::string("with\0 a nul byte", 16)).has_value());
  EXPECT_TRUE(check_credentials("", "long enough it is").has_value());
  EXPECT_TRUE(check_credentials("an na", "long enough it is").has_value());
  EXPECT_FALSE(check_credentials("änne", "long enough it is").has_value());
}

class Sessions : public testing::Test {
 protected:
  template <class Work>
  auto write(Work work) {
    return review_.store_->write(work);
  }
  test::Review review_{1};
  int64_t now_ = review_.moment().now;
};

TEST_F(Sessions, EndWithTimeLogoutAndWhateverChangesTheUser) {
  const auto open = [&] {
    return write([&](Database& db) {
      return open_session(db, {review_.anna.id, "anna", Role::kReviewer, false}, now_);
    });
  };
  const auto person = [&](const std::string& secret, int64_t now) {
    return write([&](Database& db) { return find_session(db, secret, now); });
  };
  Session session = open();
  EXPECT_EQ(person(session.secret, now_)->name, "anna");
  EXPECT_FALSE(person("somebody else's", now_));
  EXPECT_FALSE(person(session.secret, now_ + kSessionMicroseconds));
  EXPECT_FALSE(person(session.secret, now_ - 1)) << "the clock was set back";
  write([&](Database& db) { close_session(db, session.secret); });
  EXPECT_FALSE(person(session.secret, now_));

  session = open();
  write([](Database& db) { return set_role(db, "anna", Role::kViewer); });
  EXPECT_FALSE(person(session.secret, now_));
  session = open();
  write([](Database& db) { return set_disabled(db, "anna", true); });
  EXPECT_FALSE(person(session.secret, now_));
  EXPECT_FALSE(write([](Database& db) { return find_login(db, "anna").user; }));
  EXPECT_TRUE(write([](Database& db) { return set_role(db, "nobody", Role::kAdmin); }));
}

TEST(LoginLimit, TenFailuresMakeTheNextWaitLongerAndLonger) {
  Logins logins;
  Logins::Clock::time_point now{};
  for (int i = 0; i < 9; ++i) logins.failed("name anna", now);
  EXPECT_FALSE(logins.must_wait("name anna", now));
  logins.failed("name anna", now);
  EXPECT_TRUE(logins.must_wait("name anna", now));
  EXPECT_FALSE(logins.must_wait("name ben", now));
  auto wait = *logins.must_wait("name anna", now);
  for (int i = 0; i < 3; ++i) {
    now += wait;
    EXPECT_FALSE(logins.must_wait("name anna", now));
    logins.failed("name anna", now);
    const auto longer = *logins.must_wait("name anna", now);
    EXPECT_EQ(longer, 2 * wait);
    wait = longer;
  }
  logins.succeeded("name anna");
  EXPECT_FALSE(logins.must_wait("name anna", now));
}

}  // namespace
}  // namespace paucal::review
