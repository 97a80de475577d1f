#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "line/publisher.h"
#include "line/test_hook.h"
#include "line/test_publisher.h"

namespace paucal::line {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::string hook_address(int port) {
  return "http://127.0.0.1:" + std::to_string(port) + "/lines?x=1";
}

TEST(Webhook, EveryLineArrivesOnceInOrderThoughTheServerRefusesAtFirst) {
  GrowingResults results;
  const int port = free_port();
  TestHook hook(port, {503, 500, 429, 200, 404, 200});
  const auto webhook = make_webhook(hook_address(port), results.outbox("webhook"));
  for (uint32_t part = 1; part <= 3; ++part) results.add(part);
  webhook->tell(3);
  EXPECT_TRUE(webhook->drain(std::chrono::seconds(60)));
  EXPECT_THAT(hook.bodies(), ElementsAre(GrowingResults::text(1), GrowingResults::text(2),
                                         GrowingResults::text(3)));
  EXPECT_THAT(hook.last_head(), HasSubstr("POST /lines?x=1 HTTP/1.1"));
  EXPECT_THAT(hook.last_head(), HasSubstr("Content-Type: application/json"));
  EXPECT_THAT(hook.last_head(), HasSubstr("Idempotency-Key: "));
}

TEST(Webhook, ALineThatIsNotWantedHoldsUpNoOther) {
  GrowingResults results;
  const int port = free_port();
  TestHook hook(port, {422});
  const auto webhook = make_webhook(hook_address(port), results.outbox("webhook"));
  for (uint32_t part = 1; part <= 2; ++part) results.add(part);
  webhook->tell(2);
  EXPECT_TRUE(webhook->drain(std::chrono::seconds(60)));
  EXPECT_THAT(hook.bodies(), ElementsAre(GrowingResults::text(2)));
}

TEST(Webhook, WaitsForAServerThatIsAway) {
  GrowingResults results;
  const int port = free_port();
  const auto webhook = make_webhook(hook_address(port), results.outbox("webhook"));
  results.add(1);
  webhook->tell(1);
  std::this_thread::sleep_for(std::chrono::milliseconds(50));
  TestHook hook(port);
  EXPECT_TRUE(eventually([&] { return hook.bodies().size() == 1; }));
}

}  // namespace
}  // namespace paucal::line
