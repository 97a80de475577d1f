// Both ends against libmodbus.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <modbus.h>

#include "base/error.h"
#include "line/controller.h"
#include "line/test_controller.h"
#include "line/test_process.h"

namespace paucal::line {
namespace {

using std::chrono::milliseconds;

constexpr StatusRegisters kShown = {0, 0, 2, 0, 7, 1, 2, 0, 9000, 3, 0};

ModbusOptions at_port(int port, uint16_t first = 0) {
  return {{"127.0.0.1", port}, first, 255, milliseconds(5), milliseconds(500)};
}

std::unique_ptr<Controller> server_of(const Wake& wake, uint16_t recipe = 0, uint16_t first = 0) {
  return value_or_throw(make_modbus_server(at_port(0, first), recipe, wake));
}

TEST(ModbusServer, ShowsAndTakes) {
  const Wake wake;
  const auto server = server_of(wake, 3, 100);
  server->show(kShown);
  TestClient client(server->port());
  ASSERT_TRUE(client.connected());
  EXPECT_THAT(client.read(100, kStatusWords), testing::ElementsAreArray(kShown));
  EXPECT_THAT(client.read(116, 3), testing::ElementsAre(3, 0, 0));
  EXPECT_TRUE(client.write(116, {5, 0x1234, 0x5678}));
  EXPECT_TRUE(eventually([&] { return server->command() == Command{5, 0x12345678}; }));
  EXPECT_TRUE(client.write_one(116, 6));
  EXPECT_TRUE(eventually([&] { return server->command() == Command{6, 0x12345678}; }));
  EXPECT_TRUE(server->connected());
}

TEST(ModbusServer, KeepsWhatIsItsOwn) {
  const Wake wake;
  const auto server = server_of(wake);
  server->show(kShown);
  TestClient client(server->port());
  EXPECT_FALSE(client.write(0, {1, 1, 1}));
  EXPECT_FALSE(client.write(14, {1, 1, 1}));
  EXPECT_TRUE(client.read(10, 20).empty());
  EXPECT_THAT(client.read(0, kStatusWords), testing::ElementsAreArray(kShown));
}

TEST(ModbusServer, ClosesOnWhatIsNoModbusAndServesTheOthers) {
  const Wake wake;
  const auto server = server_of(wake);
  TestClient good(server->port());
  for (const std::string& text :
       {std::string("GET / HTTP/1.1\r\n\r\n"), std::string(300, '\xff'), std::string(12, '\0')}) {
    RawPeer bad(server->port());
    bad.send(text);
    EXPECT_TRUE(bad.was_closed()) << text;
  }
  RawPeer half(server->port());
  half.send(std::string("\0\1\0\0\0\6\xff\3\0", 9));
  EXPECT_EQ(good.read(0, 1).size(), 1u);
  half.send(std::string("\0\0\1", 3));
  EXPECT_EQ(half.receive(11), std::string("\0\1\0\0\0\5\xff\3\2\0\0", 11));
  // Two frames in one write.
  half.send(std::string("\0\2\0\0\0\6\xff\3\0\0\0\1\0\3\0\0\0\6\xff\3\0\0\0\1", 24));
  EXPECT_EQ(half.receive(22).size(), 22u);
}

TEST(ModbusServer, AFloodOfConnectionsShutsNobodyOut) {
  const Wake wake;
  const auto server = server_of(wake);
  std::vector<std::unique_ptr<RawPeer>> idle;
  for (int i = 0; i < 60; ++i) idle.push_back(std::make_unique<RawPeer>(server->port()));
  TestClient client(server->port());
  EXPECT_EQ(client.read(0, 1).size(), 1u);
}

TEST(ModbusServer, NamesAnAddressThatIsTaken) {
  const Wake wake;
  const auto server = server_of(wake);
  const auto second = make_modbus_server(at_port(server->port()), 0, wake);
  ASSERT_FALSE(second.ok());
  EXPECT_THAT(second.failure().message, testing::HasSubstr("Address already in use"));
}

TEST(ModbusClient, WritesIntoAControllerAndReadsItsWishes) {
  const Wake wake;
  TestServer server(free_port());
  server.set(116, 4);
  server.set(118, 9);
  const auto client = make_modbus_client(at_port(server.port(), 100), wake);
  client->show(kShown);
  EXPECT_TRUE(eventually([&] {
    return client->connected() &&
           server.words(100, kStatusWords) == std::vector<uint16_t>(kShown.begin(), kShown.end());
  }));
  EXPECT_EQ(client->command(), (Command{4, 9}));
}

TEST(ModbusClient, SurvivesAControllerThatGoesAndComesBack) {
  const Wake wake;
  const int port = free_port();
  const auto client = make_modbus_client(at_port(port), wake);
  EXPECT_EQ(client->command(), std::nullopt);
  StatusRegisters shown = kShown;
  for (uint16_t round = 1; round <= 3; ++round) {
    TestServer server(port);
    server.set(16, round);
    EXPECT_TRUE(eventually([&] { return client->command() == Command{round, 0}; }));
    shown[4] = round;
    client->show(shown);
    EXPECT_TRUE(eventually([&] { return server.words(4, 1)[0] == round; }));
  }
  EXPECT_TRUE(eventually([&] { return !client->connected(); }));
  EXPECT_EQ(client->command(), (Command{3, 0}));
}

TEST(ModbusClient, AControllerThatAcceptsAndNeverAnswersHoldsNothingUp) {
  const Wake wake;
  const MuteServer mute;
  auto client = make_modbus_client(at_port(mute.port()), wake);
  client->show(kShown);
  EXPECT_TRUE(eventually([&] { return mute.connections() >= 2; }));  // it tried again
  EXPECT_FALSE(client->connected());
  client.reset();
}

}  // namespace
}  // namespace paucal::line
