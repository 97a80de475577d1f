#include "serve/queue.h"

#include <gtest/gtest.h>

namespace paucal::serve {
namespace {

using Queue = FairQueue<std::string>;
using Words = std::vector<std::string>;

struct TestQueue {
  explicit TestQueue(int images) : queue(images) {}
  bool push(const std::string& client, const std::string& work, int images = 1,
            std::optional<int> until = {}) {
    std::optional<Clock::time_point> at;
    if (until) at = Clock::time_point(std::chrono::seconds(*until));
    return queue.push(client, work, images, at, evicted);
  }
  Words drain() {
    Words order;
    while (const auto next = queue.pop()) order.push_back(next->first);
    return order;
  }
  Queue queue;
  Words evicted;
};

Clock::time_point second(int seconds) {
  return Clock::time_point(std::chrono::seconds(seconds));
}

TEST(FairQueue, ServesClientsInTurnAndEachInItsOrder) {
  TestQueue q(64);
  for (const char* work : {"a1", "a2", "a3"}) q.push("a", work);
  q.push("b", "b1");
  q.push("c", "c1");
  q.push("c", "c2");
  EXPECT_EQ(q.queue.waiting(), 6);
  EXPECT_EQ(q.drain(), (Words{"a1", "b1", "c1", "a2", "c2", "a3"}));
  EXPECT_EQ(q.queue.waiting(), 0);
}

TEST(FairQueue, ImagesOfAWorkTakeTurnsToo) {
  TestQueue q(64);
  q.push("a", "a", 3);
  q.push("b", "b");
  EXPECT_EQ(*q.queue.pop(), (std::pair<std::string, int>{"a", 0}));
  EXPECT_EQ(*q.queue.pop(), (std::pair<std::string, int>{"b", 0}));
  EXPECT_EQ(*q.queue.pop(), (std::pair<std::string, int>{"a", 1}));
  EXPECT_EQ(*q.queue.pop(), (std::pair<std::string, int>{"a", 2}));
  EXPECT_FALSE(q.queue.pop());
}

TEST(FairQueue, RefusesALoneClientBeyondItsBound) {
  TestQueue q(3);
  EXPECT_TRUE(q.push("a", "1", 2));
  EXPECT_FALSE(q.push("a", "2", 2));
  EXPECT_TRUE(q.push("a", "3", 1));
  EXPECT_FALSE(q.push("a", "4", 1));
  EXPECT_TRUE(q.evicted.empty());
  EXPECT_EQ(q.drain(), (Words{"1", "1", "3"}));
}

TEST(FairQueue, TheLongestGivesWayToTheShorter) {
  TestQueue q(4);
  for (const char* work : {"a1", "a2", "a3", "a4"}) q.push("a", work);
  EXPECT_TRUE(q.push("b", "b1"));
  EXPECT_TRUE(q.push("b", "b2"));
  EXPECT_FALSE(q.push("b", "b3"));  // half each
  EXPECT_FALSE(q.push("a", "a5"));
  EXPECT_EQ(q.evicted, (Words{"a4", "a3"}));
  EXPECT_TRUE(q.push("c", "c1"));
  EXPECT_EQ(q.queue.waiting(), 4);
}

TEST(FairQueue, WhatHasBegunIsNotTakenBack) {
  TestQueue q(4);
  q.push("a", "a", 4, 5);
  q.queue.pop();
  EXPECT_TRUE(q.push("b", "b1"));
  EXPECT_FALSE(q.push("b", "b2"));
  EXPECT_TRUE(q.queue.expire(second(9)).empty());
  EXPECT_TRUE(q.queue.remove_if([](const auto& work, auto&) { return work == "a"; }).empty());
  EXPECT_FALSE(q.queue.first_expiry());
}

TEST(FairQueue, ExpiresWhatWaitedTooLong) {
  TestQueue q(64);
  q.push("a", "late", 2, 10);
  q.push("a", "patient");
  q.push("b", "later", 1, 20);
  EXPECT_EQ(*q.queue.first_expiry(), second(10));
  EXPECT_TRUE(q.queue.expire(second(9)).empty());
  EXPECT_EQ(q.queue.expire(second(10)), (Words{"late"}));
  EXPECT_EQ(q.queue.waiting(), 2);
  EXPECT_EQ(*q.queue.first_expiry(), second(20));
  EXPECT_EQ(q.queue.expire(second(30)), (Words{"later"}));
  EXPECT_EQ(q.drain(), (Words{"patient"}));
}

TEST(FairQueue, DropsWhatNobodyWaitsFor) {
  TestQueue q(2);
  q.push("a", "gone");
  q.push("a", "here");
  EXPECT_EQ(q.queue.remove_if([](const auto& work, auto&) { return work == "gone"; }),
            (Words{"gone"}));
  EXPECT_TRUE(q.push("a", "new"));
  EXPECT_EQ(q.drain(), (Words{"here", "new"}));
}

}  // namespace
}  // namespace paucal::serve
