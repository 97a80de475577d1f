// Many parts, with a controller that takes each verdict, a broker that goes away, and kill -9.

#include <map>
#include <set>

#include "line/registers.h"
#include "line/test_broker.h"
#include "line/test_controller.h"
#include "line_cli/test_line.h"

namespace paucal::line_cli {
namespace {

using line::Broker;
using line::first_arrivals;
using line::Subscriber;
using line::TestClient;

// How many parts the longer tests take: PAUCAL_LINE_PARTS=10000 measures (docs/benchmarks.md).
int many_parts() {
  const char* text = std::getenv("PAUCAL_LINE_PARTS");
  return text == nullptr ? 200 : std::atoi(text);
}

// Takes each verdict as a program of a controller does.
class Plc {
 public:
  explicit Plc(int port) : thread_([this, port] { run(port); }) {}
  ~Plc() {
    stop_ = true;
    thread_.join();
  }
  std::vector<std::pair<uint32_t, uint16_t>> verdicts() const {
    const std::lock_guard lock(mutex_);
    return verdicts_;
  }

 private:
  void run(int port) {
    TestClient client(port);
    uint32_t last = 0;
    while (!stop_) {
      const auto words = client.read(0, line::kStatusWords);
      if (words.empty()) return;
      const uint32_t part = static_cast<uint32_t>(words[5]) << 16 | words[6];
      if (words[2] == 0 || part == last) continue;
      last = part;
      {
        const std::lock_guard lock(mutex_);
        verdicts_.emplace_back(part, words[2]);
      }
      client.write(17, {words[5], words[6]});
    }
  }
  mutable std::mutex mutex_;
  std::vector<std::pair<uint32_t, uint16_t>> verdicts_;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

// Every path once, parts without a gap, each station in the order of its names.
void expect_each_once_in_order(const std::vector<line::ResultLine>& lines, size_t count) {
  EXPECT_EQ(lines.size(), count);
  std::set<std::string> paths;
  std::map<std::string, std::string> last;
  for (size_t i = 0; i < lines.size(); ++i) {
    EXPECT_EQ(lines[i].part, i + 1);
    EXPECT_TRUE(paths.insert(lines[i].path).second) << lines[i].path;
    EXPECT_LT(last[lines[i].station], lines[i].path);
    last[lines[i].station] = lines[i].path;
    EXPECT_EQ(lines[i].verdict == "NG", lines[i].path.find("spot") != std::string::npos);
  }
}

TEST_F(LineCli, ASwitchOfRecipesNeedsNoLoading) {
  write_text_atomic(folder_ / "recipes.yaml",
                    "1: {model: m.paucal}\n2: {model: m.paucal, threshold: 0.2}\n");
  start({"--recipes", at("recipes.yaml"), "--modbus-listen", "127.0.0.1:0"});
  TestClient controller(modbus_port());
  std::vector<double> times;
  for (uint16_t i = 0; i < 50; ++i) {
    const uint16_t number = i % 2 == 0 ? 2 : 1;
    const auto begun = std::chrono::steady_clock::now();
    ASSERT_TRUE(controller.write_one(16, number));
    ASSERT_TRUE(eventually([&] { return controller.read(9, 1) == std::vector<uint16_t>{number}; }));
    times.push_back(
        std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - begun)
            .count());
  }
  std::ranges::sort(times);
  std::printf("a switch of recipes: median %.1f ms, slowest of 50 %.1f ms\n", times[25],
              times.back());
  EXPECT_EQ(stop(), 0) << log();
}

TEST_F(LineCli, EachPartIsToldOnceInOrderThroughABrokersRestart) {
  ASSERT_FALSE(Broker::program().empty()) << "mosquitto is missing: make setup installs it";
  const int count = many_parts();
  Broker broker(folder_ / "broker");
  Subscriber subscriber(broker.port(), "paucal/line/result");
  start({"--modbus-listen", "127.0.0.1:0", "--ack-timeout-ms", "60000", "--mqtt", broker.address(),
         "--drain-seconds", "60"});
  const auto begun = std::chrono::steady_clock::now();
  Plc plc(modbus_port());
  const auto bring_parts = [&](int from, int to) {
    for (int i = from; i < to; ++i) bring(part_name(i));
  };
  bring_parts(0, count / 3);
  broker.stop();
  bring_parts(count / 3, 2 * count / 3);
  ASSERT_TRUE(have(static_cast<size_t>(count) / 2));
  broker.start();
  bring_parts(2 * count / 3, count);
  const auto all = static_cast<size_t>(count);
  ASSERT_TRUE(have(all));
  const double seconds =
      std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count();
  EXPECT_TRUE(eventually([&] { return plc.verdicts().size() >= all; }));
  EXPECT_EQ(stop(), 0) << log();
  const auto lines = results();
  expect_each_once_in_order(lines, all);
  const auto verdicts = plc.verdicts();
  ASSERT_EQ(verdicts.size(), all);
  for (size_t i = 0; i < all; ++i) {
    EXPECT_EQ(verdicts[i].first, lines[i].part);
    EXPECT_EQ(verdicts[i].second, lines[i].verdict == "NG" ? 2 : 1);
  }
  EXPECT_TRUE(eventually([&] { return first_arrivals(subscriber.texts()).size() >= all; }));
  const auto texts = subscriber.texts();
  EXPECT_EQ(first_arrivals(texts), lines_of(read_text(at("r.jsonl"))));
  std::printf("%d parts in %.1f s; results %zu, controller %zu, broker %zu and %zu repeated\n",
              count, seconds, lines.size(), verdicts.size(), first_arrivals(texts).size(),
              texts.size() - first_arrivals(texts).size());
}

TEST_F(LineCli, KillNineLosesNothingAndJudgesNothingTwice) {
  ASSERT_FALSE(Broker::program().empty()) << "mosquitto is missing: make setup installs it";
  Broker broker(folder_ / "broker");
  Subscriber subscriber(broker.port(), "paucal/line/result");
  const std::vector<std::string> flags = {"--mqtt",   broker.address(),  "--done",
                                          at("done"), "--drain-seconds", "60"};
  constexpr int kKills = 8, kEach = 15, kCount = kKills * kEach + 1;
  for (int kill = 0; kill < kKills; ++kill) {
    for (int i = 0; i < kEach; ++i) bring(part_name(kill * kEach + i));
    const size_t before = count_results();
    start(flags);
    ASSERT_TRUE(have(before + 1));
    std::this_thread::sleep_for(std::chrono::microseconds(900 * kill));
    EXPECT_EQ(stop(SIGKILL), -SIGKILL);
  }
  bring(part_name(kCount - 1));  // for the one that is not killed
  start(flags);
  ASSERT_TRUE(have(kCount));
  EXPECT_EQ(stop(), 0) << log();
  expect_each_once_in_order(results(), kCount);
  EXPECT_TRUE(eventually([&] { return first_arrivals(subscriber.texts()).size() >= kCount; }));
  EXPECT_EQ(first_arrivals(subscriber.texts()), lines_of(read_text(at("r.jsonl"))));
  // All have moved; whole, and none over another.
  size_t moved = 0;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(at("done")))
    moved += entry.is_regular_file();
  EXPECT_EQ(moved, static_cast<size_t>(kCount));
}

}  // namespace
}  // namespace paucal::line_cli
