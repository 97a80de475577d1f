// The program as a plant runs it: images in; results out, and whoever else is told.

#include <gmock/gmock.h>

#include "base/version.h"
#include "line/test_controller.h"
#include "line/test_hook.h"
#include "line_cli/test_line.h"

namespace paucal::line_cli {
namespace {

using line::TestClient;
using testing::HasSubstr;

TEST_F(LineCli, SaysVersionHelpAndWhatIsWrong) {
  const auto type = [](const std::vector<std::string>& words) {
    return command::run_program(PAUCAL_LINE_PROGRAM, words);
  };
  EXPECT_EQ(type({"--version"}).out, std::string(version()) + "\n");
  const auto help = type({"--help"});
  EXPECT_EQ(help.code, 0);
  for (const char* flag : {"--deadline-ms", "--modbus-listen", "--mqtt-login", "--done"})
    EXPECT_THAT(help.out, HasSubstr(flag));
  EXPECT_GT(type({}).code, 100);
  EXPECT_THAT(type({"--in", at("in"), "--deadline-ms", "-1"}).err, HasSubstr("--deadline-ms"));
  const auto missing = type({"--in", at("in"), "--model", at("none"), "--out", at("r.jsonl")});
  EXPECT_EQ(missing.code, 1);
  EXPECT_THAT(missing.err, HasSubstr("none': No such file"));
}

TEST_F(LineCli, EdgeBecomesTheLine) {
  const auto answer = command::run_program(PAUCAL_EDGE_PROGRAM, {"line", "--version"});
  EXPECT_EQ(answer.out, std::string(version()) + "\n");
  EXPECT_THAT(
      command::run_program(PAUCAL_EDGE_PROGRAM, {"line", "--in", "/none", "--model", "x"}).err,
      HasSubstr("paucal-line: [line] --in '/none': expected a folder"));
  std::filesystem::copy_file(PAUCAL_EDGE_PROGRAM, folder_ / "paucal-edge");
  const auto alone =
      command::run_program("/usr/bin/env", {"PATH=/none", at("paucal-edge"), "line", "--in", "x"});
  EXPECT_EQ(alone.code, 1);
  EXPECT_THAT(alone.err, HasSubstr("'paucal-line': neither beside paucal-edge nor on PATH"));
}

TEST_F(LineCli, JudgesWhatArrives) {
  start();
  bring("left/spot.png");
  ASSERT_TRUE(have(1));
  write_text_atomic(folder_ / "in/broken.png", "\x89PNG");
  bring(".hidden.png");
  ASSERT_TRUE(have(2));
  bring("clean.png");
  ASSERT_TRUE(have(3));
  EXPECT_EQ(stop(), 0) << log();
  const auto lines = results();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].part, 1u);
  EXPECT_EQ(lines[0].path, "left/spot.png");
  EXPECT_EQ(lines[0].station, "left");
  EXPECT_EQ(lines[0].verdict, "NG");
  EXPECT_GT(lines[0].probability_ng, .5);
  EXPECT_EQ(lines[0].boxes.size(), 1u);
  EXPECT_EQ(lines[0].model, "m");
  EXPECT_EQ(lines[0].version, 1);
  EXPECT_EQ(lines[1].verdict, "NG");
  EXPECT_THAT(lines[1].error, HasSubstr("broken.png'"));
  EXPECT_EQ(lines[1].probability_ng, std::nullopt);
  EXPECT_EQ(lines[2].verdict, "OK");
  EXPECT_EQ(lines[2].part, 3u);
  // Files stay.
  EXPECT_TRUE(std::filesystem::exists(folder_ / "in/left/spot.png"));
}

TEST_F(LineCli, ARestartKnowsWhatIsDone) {
  bring("a.png");
  start();
  ASSERT_TRUE(have(1));
  EXPECT_EQ(stop(), 0) << log();
  std::ofstream(at("r.jsonl"), std::ios::app) << "{\"part\":2,\"pa";  // as a power cut leaves it
  bring("b.png");
  start();
  ASSERT_TRUE(have(2));
  EXPECT_EQ(stop(), 0) << log();
  ASSERT_EQ(results().size(), 2u);
  EXPECT_EQ(results()[1].path, "b.png");
  EXPECT_EQ(results()[1].part, 2u);
}

TEST_F(LineCli, JudgedFilesMoveAndTheirNamesMayComeAgain) {
  start({"--done", at("done")});
  for (size_t i = 1; i <= 3; ++i) {
    bring("left/spot.png");
    ASSERT_TRUE(have(i));
    ASSERT_TRUE(eventually([&] { return !std::filesystem::exists(at("in/left/spot.png")); }));
  }
  EXPECT_EQ(stop(), 0) << log();
  for (const char* name : {"spot.png", "spot-1.png", "spot-2.png"})
    EXPECT_TRUE(std::filesystem::exists(folder_ / "done/left" / name)) << name;
}

TEST_F(LineCli, APartThatTakesTooLongIsNgAndLate) {
  edge::Image large(2500, 2500, 1);
  write_file_atomic(folder_ / "in/large.png", value_or_throw(edge::encode_png(large)));
  start({"--deadline-ms", "1"});
  ASSERT_TRUE(have(1));
  EXPECT_EQ(stop(), 0) << log();
  const auto lines = results();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_EQ(lines[0].verdict, "NG");
  EXPECT_EQ(lines[0].reason, "late");
  EXPECT_EQ(lines[0].probability_ng, std::nullopt);
}

TEST_F(LineCli, RecipesFollowTheController) {
  write_text_atomic(folder_ / "recipes.yaml",
                    "3: {model: m.paucal}\n"
                    "5: {model: m.paucal, roi: [0, 12, 32, 24]}\n"
                    "6: {model: m.paucal, roi: [5, 3, 30, 20], threshold: 0.2}\n");
  start(
      {"--recipes", at("recipes.yaml"), "--modbus-listen", "127.0.0.1:0", "--ack-timeout-ms", "0"});
  TestClient controller(modbus_port());
  ASSERT_TRUE(eventually([&] { return controller.read(9, 1) == std::vector<uint16_t>{3}; }));
  bring("1-spot.png");
  ASSERT_TRUE(have(1));
  controller.write_one(16, 5);
  ASSERT_TRUE(eventually([&] { return controller.read(9, 1) == std::vector<uint16_t>{5}; }));
  bring("2-spot.png");  // outside of the region
  ASSERT_TRUE(have(2));
  controller.write_one(16, 4);
  ASSERT_TRUE(eventually([&] { return controller.read(3, 1) == std::vector<uint16_t>{1}; }));
  EXPECT_EQ(controller.read(0, 2), (std::vector<uint16_t>{0, 0}));
  bring("3-spot.png");
  controller.write_one(16, 6);
  ASSERT_TRUE(have(3));
  EXPECT_EQ(controller.read(3, 1), std::vector<uint16_t>{0});
  EXPECT_EQ(stop(), 0) << log();
  const auto lines = results();
  ASSERT_EQ(lines.size(), 3u);
  EXPECT_EQ(lines[0].verdict, "NG");
  EXPECT_EQ(lines[1].verdict, "OK");
  EXPECT_EQ(lines[2].verdict, "NG");
  EXPECT_EQ(lines[2].recipe, 6);
  EXPECT_EQ(lines[2].boxes[0], lines[0].boxes[0]);
}

TEST_F(LineCli, PeersThatAreAwayHoldNothingUp) {
  const std::string nobody = "127.0.0.1:" + std::to_string(line::free_port());
  start({"--modbus", nobody, "--mqtt", nobody, "--webhook", "http://" + nobody, "--ack-timeout-ms",
         "50", "--drain-seconds", "0.1"});
  for (int i = 0; i < 20; ++i) bring(std::to_string(i) + ".png");
  ASSERT_TRUE(have(20));
  EXPECT_EQ(stop(), 0) << log();
  EXPECT_THAT(log(), HasSubstr("lines wait for the next start"));
}

TEST_F(LineCli, AControllerThatNeverAcknowledgesIsCounted) {
  start({"--modbus-listen", "127.0.0.1:0", "--ack-timeout-ms", "20"});
  TestClient controller(modbus_port());
  for (int i = 0; i < 5; ++i) bring(std::to_string(i) + "spot.png");
  ASSERT_TRUE(have(5));
  EXPECT_TRUE(eventually([&] { return controller.read(10, 1) == std::vector<uint16_t>{5}; }));
  // The last verdict stays to be read.
  EXPECT_EQ(controller.read(0, 3), (std::vector<uint16_t>{1, 0, 2}));
  EXPECT_EQ(stop(), 0) << log();
}

TEST_F(LineCli, AWebhookIsToldOfEachPart) {
  const int port = line::free_port();
  line::TestHook hook(port);
  start({"--webhook", fmt::format("http://127.0.0.1:{}/", port)});
  for (int i = 0; i < 10; ++i) bring(part_name(i));
  ASSERT_TRUE(have(10));
  EXPECT_EQ(stop(), 0) << log();
  EXPECT_EQ(hook.bodies(), lines_of(read_text(at("r.jsonl"))));
}

}  // namespace
}  // namespace paucal::line_cli
