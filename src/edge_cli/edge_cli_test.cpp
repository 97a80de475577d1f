// What a person types → exit code, standard output, standard error.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/version.h"
#include "command/test_program.h"
#include "edge/api/test_model.h"
#include "edge/pre/encode.h"

namespace paucal::edge_cli {
namespace {

using command::Answer;
using testing::HasSubstr;
using testing::StartsWith;

Answer type(const std::vector<std::string>& words, const std::string& out = "") {
  return command::run_program(PAUCAL_EDGE_PROGRAM, words, out);
}

// The model of the edge's tests, and an image with a defect, one without, and one that is none.
class EdgeCli : public testing::Test {
 protected:
  void SetUp() override {
    write_file_atomic(folder_ / "in/clean.jpg", *edge::encode_jpeg(edge::Image(32, 24, 1)));
    write_file_atomic(folder_ / "in/spot.png", *edge::encode_png(edge::bright_spot_image()));
    write_file_atomic(folder_ / "model.paucal", edge::write_model(edge::bright_spot_model()));
  }
  std::string at(const std::string& name) const { return (folder_ / name).string(); }

  const command::TestFolder folder_;
};

// The names below "Subcommands:" of a help text.
std::vector<std::string> subcommands(const std::string& help) {
  std::vector<std::string> names;
  std::istringstream stream(help.substr(std::min(help.find("Subcommands:"), help.size())));
  std::string line;
  std::getline(stream, line);
  while (std::getline(stream, line) && line.starts_with("  "))
    if (line[2] != ' ') names.push_back(line.substr(2, line.find(' ', 2) - 2));
  return names;
}

TEST_F(EdgeCli, EveryCommandHelps) {
  const Answer all = type({"--help"});
  EXPECT_EQ(all.code, 0);
  EXPECT_THAT(all.out, StartsWith("Usage: paucal-edge"));
  const auto names = subcommands(all.out);
  EXPECT_THAT(names, testing::IsSupersetOf({"predict", "bench", "graph", "info"}));
  for (const std::string& name : names) {
    const Answer help = type({name, "--help"});
    EXPECT_EQ(help.code, 0);
    EXPECT_THAT(help.out, StartsWith("Usage: paucal-edge " + name));
  }
}

TEST_F(EdgeCli, SaysItsVersionAndRefusesWrongNames) {
  EXPECT_EQ(type({"--version"}).out, std::string(version()) + "\n");
  EXPECT_NE(type({}).code, 0);
  const Answer wrong = type({"predct"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.err, HasSubstr("did you mean predict"));
  EXPECT_EQ(wrong.out, "");
}

TEST_F(EdgeCli, PredictsAFolderInOrder) {
  const Answer answer = type({"predict", at("model.paucal"), at("in"), "--overlay", at("out")});
  EXPECT_EQ(answer.code, 0) << answer.err;
  const auto lines = command::json_lines(answer.out);
  ASSERT_EQ(lines.size(), 2u);
  EXPECT_EQ(lines[0]["path"], at("in/clean.jpg"));
  EXPECT_EQ(lines[0]["verdict"], "OK");
  EXPECT_EQ(lines[1]["verdict"], "NG");
  EXPECT_EQ(lines[1]["heat_peak"], 1);
  EXPECT_EQ(lines[1]["overlay"], at("out/00001_spot.jpg"));
  EXPECT_TRUE(std::filesystem::exists(at("out/00001_spot.jpg")));
}

TEST_F(EdgeCli, NamesWhatItCannotRead) {
  write_text_atomic(folder_ / "in/b.bmp", std::string("BM\x36\0\0\0\0\0\0\0", 10));
  write_file_atomic(folder_ / "in/half.png", Bytes{0x89, 'P', 'N', 'G'});
  const Answer answer = type({"predict", at("model.paucal"), at("in"), at("none.png")});
  EXPECT_EQ(answer.code, 1);
  const auto lines = command::json_lines(answer.out);
  ASSERT_EQ(lines.size(), 5u);
  EXPECT_THAT(lines[0]["error"], HasSubstr("b.bmp': damaged BMP of 10 bytes"));
  EXPECT_EQ(lines[1]["verdict"], "OK");
  EXPECT_THAT(lines[2]["error"], HasSubstr("half.png"));
  EXPECT_EQ(lines[3]["verdict"], "NG");
  EXPECT_THAT(lines[4]["error"], HasSubstr("none.png': No such file"));
}

TEST_F(EdgeCli, AFolderWithoutImagesIsAnError) {
  std::filesystem::create_directory(folder_ / "empty");
  const Answer answer = type({"predict", at("model.paucal"), at("empty")});
  EXPECT_EQ(answer.code, 1);
  EXPECT_THAT(answer.out, HasSubstr("a folder without image files"));
}

TEST_F(EdgeCli, EveryCommandNoticesThatItsOutputIsLost) {
  const std::string model = at("model.paucal");
  const std::vector<std::vector<std::string>> lines = {
      {"predict", model, at("in")},
      {"info", model},
      {"graph", model},
      {"bench", model, "--rounds", "1", "--size", "32x24"},
      {"--help"},
      {"predict", "--help"}};
  for (const auto& words : lines) {
    const Answer answer = type(words, "/dev/full");
    EXPECT_EQ(answer.code, 1) << words[0];
    EXPECT_THAT(answer.err, HasSubstr("standard output: No space left on device")) << words[0];
  }
}

TEST_F(EdgeCli, RefusesModelsAndValuesByName) {
  Answer answer = type({"predict", at("none.paucal"), at("in")});
  EXPECT_EQ(answer.code, 1);
  EXPECT_THAT(answer.err, HasSubstr("none.paucal': No such file"));
  answer = type({"info", at("in/spot.png")});
  EXPECT_EQ(answer.code, 1);
  EXPECT_THAT(answer.err, HasSubstr("no Paucal model"));
  answer = type({"predict", at("model.paucal"), at("in"), "--threads", "-1"});
  EXPECT_NE(answer.code, 0);
  EXPECT_THAT(answer.err, HasSubstr("--threads"));
  answer = type({"predict", at("model.paucal"), at("in"), "--tile", "-1"});
  EXPECT_NE(answer.code, 0);
  EXPECT_THAT(answer.err, HasSubstr("--tile"));
  answer = type({"bench", at("model.paucal"), "--size", "640"});
  EXPECT_EQ(answer.code, 1);
  EXPECT_THAT(answer.err, HasSubstr("expected WIDTHxHEIGHT"));
}

TEST_F(EdgeCli, DescribesAndMeasures) {
  EXPECT_EQ(Json::parse(type({"info", at("model.paucal")}).out)["card"]["task"], "inspection");
  EXPECT_THAT(type({"graph", at("model.paucal")}).out, HasSubstr("relu"));
  const Answer bench =
      type({"bench", at("model.paucal"), "--rounds", "2", "--size", "32x24", "--json"});
  EXPECT_EQ(bench.code, 0) << bench.err;
  EXPECT_TRUE(Json::parse(bench.out)["network"].contains("p50_ms"));
}

}  // namespace
}  // namespace paucal::edge_cli
