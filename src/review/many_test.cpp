// 100,000 images: how long the next one takes is measured and printed.

#include <chrono>

#include "review/test_review.h"

namespace paucal::review {
namespace {

constexpr int kMany = 100'000;

struct Times {  // ms
  std::vector<double> next, act;
};

TEST(ManyImages, TheNextOneComesWithoutLookingAtAll) {
  using Clock = std::chrono::steady_clock;
  const auto begin = Clock::now();
  test::Review review(kMany);
  const double importing = std::chrono::duration<double>(Clock::now() - begin).count();
  const Times times = [&] {
    Times measured;
    for (int i = 0; i < 200; ++i) {
      const auto asked = Clock::now();
      const auto images = review.next(review.anna, 1);
      const auto got = Clock::now();
      EXPECT_EQ(images.size(), 1u);
      EXPECT_TRUE(test::done(review.act(review.anna, images.at(0), "done")));
      measured.next.push_back(std::chrono::duration<double, std::milli>(got - asked).count());
      measured.act.push_back(std::chrono::duration<double, std::milli>(Clock::now() - got).count());
    }
    return measured;
  }();
  const auto at = [](std::vector<double> values, double share) {
    std::ranges::sort(values);
    return values[static_cast<size_t>(share * static_cast<double>(values.size() - 1))];
  };
  EXPECT_EQ(review.store_->read(queues).at(0).remaining, kMany - 200);
  fmt::print(
      "{} images in {:.1f} s; next: median {:.2f} ms, p95 {:.2f} ms; a decision: median "
      "{:.2f} ms, p95 {:.2f} ms\n",
      kMany, importing, at(times.next, .5), at(times.next, .95), at(times.act, .5),
      at(times.act, .95));
}

}  // namespace
}  // namespace paucal::review
