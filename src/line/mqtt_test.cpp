#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "line/publisher.h"
#include "line/test_broker.h"
#include "line/test_publisher.h"

namespace paucal::line {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class MqttTest : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_FALSE(Broker::program().empty()) << "mosquitto is missing: make setup installs it";
  }
  std::unique_ptr<Publisher> publisher(int port) const {
    return make_mqtt({{"127.0.0.1", port}, "plant/line", "paucal-test", "", ""},
                     results_.outbox("mqtt"));
  }
  static std::vector<std::string> expected(uint32_t from, uint32_t to) {
    std::vector<std::string> texts;
    for (uint32_t part = from; part <= to; ++part) texts.push_back(GrowingResults::text(part));
    return texts;
  }
  GrowingResults results_;
};

TEST_F(MqttTest, LinesArriveInOrder) {
  Broker broker(results_.folder() / "broker");
  Subscriber subscriber(broker.port(), "plant/line/result");
  const auto mqtt = publisher(broker.port());
  for (uint32_t part = 1; part <= 100; ++part) {
    results_.add(part);
    mqtt->tell(part);
  }
  EXPECT_TRUE(mqtt->drain(seconds(60)));
  EXPECT_TRUE(eventually([&] { return subscriber.texts().size() >= 100; }));
  EXPECT_EQ(subscriber.texts(), expected(1, 100));
  EXPECT_TRUE(results_.outbox("mqtt").empty());
}

TEST_F(MqttTest, LinesWaitWhileTheBrokerIsAway) {
  Broker broker(results_.folder() / "broker");
  Subscriber subscriber(broker.port(), "plant/line/result");
  const auto mqtt = publisher(broker.port());
  const auto judge = [&](uint32_t from, uint32_t to) {
    for (uint32_t part = from; part <= to; ++part) {
      results_.add(part);
      mqtt->tell(part);
    }
  };
  judge(1, 10);
  ASSERT_TRUE(eventually([&] { return subscriber.texts().size() == 10; }));
  ASSERT_TRUE(eventually([&] { return results_.outbox("mqtt").empty(); }));
  broker.stop();
  judge(11, 60);
  broker.start();
  judge(61, 70);
  EXPECT_TRUE(mqtt->drain(seconds(60)));
  EXPECT_TRUE(eventually([&] { return first_arrivals(subscriber.texts()).size() >= 70; }));
  EXPECT_EQ(first_arrivals(subscriber.texts()), expected(1, 70));
}

TEST_F(MqttTest, WhatWasNotSentWaitsForTheNextStart) {
  const int port = free_port();
  {
    const auto mqtt = publisher(port);
    for (uint32_t part = 1; part <= 5; ++part) results_.add(part);
    mqtt->tell(5);
    EXPECT_FALSE(mqtt->drain(milliseconds(50)));
  }
  Broker broker(results_.folder() / "broker");
  Subscriber subscriber(broker.port(), "plant/line/result");
  const auto mqtt = publisher(broker.port());
  EXPECT_TRUE(mqtt->drain(seconds(60)));
  EXPECT_TRUE(eventually([&] { return subscriber.texts().size() >= 5; }));
  EXPECT_EQ(subscriber.texts(), expected(1, 5));
}

TEST_F(MqttTest, SaysWhetherItIsThere) {
  Broker broker(results_.folder() / "broker");
  const auto mqtt = publisher(broker.port());
  EXPECT_TRUE(eventually([&] {
    Subscriber retained(broker.port(), "plant/line/online");
    eventually([&] { return !retained.texts().empty(); });
    return !retained.texts().empty() && retained.texts().back() == "1";
  }));
  mqtt->drain(seconds(60));
  Subscriber retained(broker.port(), "plant/line/online");
  EXPECT_TRUE(eventually([&] { return !retained.texts().empty(); }));
  EXPECT_EQ(retained.texts().back(), "0");
}

TEST(ReadLogin, IsTwoLines) {
  const command::TestFolder folder;
  const std::string path = (folder / "login").string();
  MqttOptions options;
  write_text_atomic(path, "line\r\nse cret\r\n");
  EXPECT_EQ(read_login(path, options), std::nullopt);
  EXPECT_EQ(options.user, "line");
  EXPECT_EQ(options.password, "se cret");
  for (const char* text : {"", "line", "\nsecret"}) {
    write_text_atomic(path, text);
    EXPECT_NE(read_login(path, options), std::nullopt) << text;
  }
  EXPECT_NE(read_login((folder / "none").string(), options), std::nullopt);
}

}  // namespace
}  // namespace paucal::line
