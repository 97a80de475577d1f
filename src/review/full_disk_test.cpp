// A disk that is full, and has room again.

#include <signal.h>
#include <sys/resource.h>

#include "review/test_review.h"

namespace paucal::review {
namespace {

// Files that reach this size grow no further.
class NoRoom {
 public:
  explicit NoRoom(rlim_t bytes) {
    before_ = ::signal(SIGXFSZ, SIG_IGN);
    ::getrlimit(RLIMIT_FSIZE, &limit_);
    const rlimit limit{bytes, limit_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~NoRoom() {
    ::setrlimit(RLIMIT_FSIZE, &limit_);
    ::signal(SIGXFSZ, before_);
  }

 private:
  rlimit limit_{};
  void (*before_)(int) = nullptr;
};

TEST(StoreFullDisk, RefusesAndGoesOnWhenThereIsRoom) {
  test::Review review(400);
  int64_t image = 1;
  ASSERT_TRUE(test::done(review.act(review.anna, image++, "done")));
  int64_t done = 1, failed = 0;
  {
    const NoRoom full(400 << 10);
    for (; image < 200; ++image) {
      try {
        done += test::done(review.act(review.anna, image, "done"));
      } catch (const Error& error) {
        ++failed;
        EXPECT_THAT(error.what(), testing::HasSubstr("review.db'"));
        EXPECT_EQ(review.decision(image).status, "open") << "not half of it is there";
      }
    }
  }
  EXPECT_GT(failed, 50);
  ASSERT_TRUE(test::done(review.act(review.anna, image, "done")));
  ++done;
  const CheckReport report = check(*review.store_, /*rebuild=*/true);
  EXPECT_TRUE(report.ok()) << report.problems[0];
  EXPECT_EQ(report.events, done + 1);  // and the import
  review.reopen();
  EXPECT_EQ(check(*review.store_, false).events, done + 1);
}

}  // namespace
}  // namespace paucal::review
