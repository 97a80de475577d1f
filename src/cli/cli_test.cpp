// What a person types → exit code, standard output, standard error.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <torch/torch.h>

#include "base/random.h"
#include "cli/commands.h"
#include "cli/program.h"
#include "command/test_program.h"
#include "edge/pre/encode.h"
#include "http/test_server.h"
#include "judge/trained_model.h"

namespace paucal::cli {
namespace {

using command::Answer;
using testing::HasSubstr;
using testing::StartsWith;

int run_words(const std::vector<std::string>& words) {
  std::vector<const char*> argv = {"paucal"};
  for (const std::string& word : words) argv.push_back(word.c_str());
  return command::run(program(commands()), static_cast<int>(argv.size()), argv.data());
}

// In this process: starting another takes a second.
Answer type(const std::vector<std::string>& words) {
  testing::internal::CaptureStdout();
  testing::internal::CaptureStderr();
  Answer answer;
  answer.code = run_words(words);
  std::fflush(stdout);
  answer.out = testing::internal::GetCapturedStdout();
  answer.err = testing::internal::GetCapturedStderr();
  return answer;
}

// The same where standard output cannot be written.
Answer type_into_full_disk(const std::vector<std::string>& words) {
  const command::FullDisk full;
  testing::internal::CaptureStderr();
  Answer answer;
  answer.code = run_words(words);
  answer.err = testing::internal::GetCapturedStderr();
  return answer;
}

edge::Image noise(uint64_t seed) {
  edge::Image image(48, 40, 1);
  Random random(seed);
  for (uint8_t& pixel : image.pixels) pixel = static_cast<uint8_t>(random.below(256));
  return image;
}

// A small data set, boxes for it, and the folder of a run whose network has learnt nothing.
class Cli : public testing::Test {
 protected:
  void SetUp() override {
    for (uint64_t i = 0; i < 8; ++i)
      write_file_atomic(folder_ / fmt::format("set/{}/{}.png", i < 5 ? "OK" : "NG", i),
                        *edge::encode_png(noise(i)));
    write_text_atomic(folder_ / "boxes.json", R"({
      "images": [{"id": 1, "file_name": "NG/5.png", "width": 48, "height": 40},
                 {"id": 2, "file_name": "OK/0.png", "width": 48, "height": 40}],
      "categories": [{"id": 1, "name": "spot"}],
      "annotations": [{"id": 1, "image_id": 1, "category_id": 1, "bbox": [4, 5, 10, 8]}]})");
    torch::manual_seed(1);
    judge::TrainedModel model;
    model.classes = {"OK", "NG"};
    model.class_is_ok = {true, false};
    model.input.channels = model.architecture.channels = 1;
    model.architecture.width = 8;
    model.network = judge::make_network(model);
    model.network->eval();
    judge::save_model(model, folder_ / "run");
  }
  std::string at(const std::string& name) const { return (folder_ / name).string(); }

  const command::TestFolder folder_;
};

void expect_help(const CLI::App& app, const std::vector<std::string>& words) {
  std::string typed = "Usage: paucal";
  for (const std::string& word : words) typed += " " + word;
  std::vector<std::string> asked = words;
  asked.push_back("--help");
  const Answer answer = type(asked);
  EXPECT_EQ(answer.code, 0) << typed;
  EXPECT_THAT(answer.out, StartsWith(typed));
  for (const CLI::App* child : app.get_subcommands({})) {
    std::vector<std::string> longer = words;
    longer.push_back(child->get_name());
    expect_help(*child, longer);
  }
}

TEST(CliHelp, EveryCommandHelps) {
  int code = 0;
  const command::Program all = program(commands());
  const auto app = command::make_app(all, code);
  EXPECT_GE(app->get_subcommands({}).size(), 14u);
  expect_help(*app, {});
}

TEST(CliHelp, WrongNamesAreAnsweredWithTheNearest) {
  const Answer answer = type({"boxes", "exprot"});
  EXPECT_EQ(answer.code, 1);
  EXPECT_EQ(answer.out, "");
  EXPECT_THAT(answer.err, HasSubstr("unknown subcommand of 'boxes' 'exprot', did you mean export"));
}

// The program as it is typed, without the large one that it becomes.
TEST(SmallProgram, HelpsByItself) {
  const command::TestFolder folder;
  std::filesystem::copy_file(PAUCAL_PROGRAM, folder / "paucal");
  const std::string paucal = (folder / "paucal").string();
  const Answer help = command::run_program(paucal, {"--help"});
  EXPECT_EQ(help.code, 0);
  EXPECT_EQ(help.out, type({"--help"}).out);
  EXPECT_EQ(command::run_program(paucal, {"--version"}).out, type({"--version"}).out);
  const Answer wrong = command::run_program(paucal, {"predct"});
  EXPECT_EQ(wrong.code, 1);
  EXPECT_THAT(wrong.err, HasSubstr("did you mean predict"));
  EXPECT_EQ(command::run_program(paucal, {"--help"}, "/dev/full").code, 1);
  const Answer alone = command::run_program(paucal, {"data", "check", "x"});
  EXPECT_EQ(alone.code, 1);
  EXPECT_THAT(alone.err, HasSubstr("libexec/paucal/paucal': No such file or directory"));
}

TEST(SmallProgram, ShowsTheHelpThatTheBuildWrote) {
  for (const char* name : {"run", "boxes import"}) {
    std::vector<std::string> words;
    std::istringstream stream(name);
    for (std::string word; stream >> word;) words.push_back(word);
    words.push_back("--help");
    EXPECT_EQ(command::run_program(PAUCAL_PROGRAM, words).out, type(words).out);
  }
  const command::TestFolder folder;
  std::filesystem::copy_file(PAUCAL_PROGRAM, folder / "paucal");
  const auto help = (folder / PAUCAL_BUILT).parent_path() / "help.json";
  const std::string paucal = (folder / "paucal").string();
  write_text_atomic(folder / PAUCAL_BUILT, "#!/bin/sh\necho asked\n");
  std::filesystem::permissions(folder / PAUCAL_BUILT, std::filesystem::perms::owner_all);
  write_text_atomic(help, R"({"data check": "written"})");
  EXPECT_EQ(command::run_program(paucal, {"data", "check", "-h"}).out, "written");
  EXPECT_EQ(command::run_program(paucal, {"data", "check", "-h"}, "/dev/full").code, 1);
  EXPECT_EQ(command::run_program(paucal, {"data", "check", "x", "-h"}).out, "asked\n");
  write_text_atomic(help, "{");
  EXPECT_EQ(command::run_program(paucal, {"data", "check", "-h"}).out, "asked\n");
}

TEST(SmallProgram, BecomesTheFullOneWithQuietThreads) {
  const command::TestFolder folder;
  std::filesystem::copy_file(PAUCAL_PROGRAM, folder / "paucal");
  write_text_atomic(folder / PAUCAL_BUILT,
                    "#!/bin/sh\necho \"$GOMP_SPINCOUNT$OMP_WAIT_POLICY $*\"\nexit 5\n");
  std::filesystem::permissions(folder / PAUCAL_BUILT, std::filesystem::perms::owner_all);
  const std::string paucal = (folder / "paucal").string();
  ::unsetenv("OMP_WAIT_POLICY");
  ::unsetenv("GOMP_SPINCOUNT");
  const Answer answer = command::run_program(paucal, {"--log", "warn", "predict", "run x"});
  EXPECT_EQ(answer.code, 5);
  EXPECT_EQ(answer.out, "10000 --log warn predict run x\n");
  ::setenv("OMP_WAIT_POLICY", "active", 1);
  EXPECT_EQ(command::run_program(paucal, {"predict"}).out, "active predict\n");
  ::unsetenv("OMP_WAIT_POLICY");
}

TEST(SmallProgram, FindsTheFullOne) {
  const Answer answer = command::run_program(PAUCAL_PROGRAM, {"semi", "list"});
  EXPECT_EQ(answer.code, 0) << answer.err;
  EXPECT_THAT(answer.out, HasSubstr("fixmatch"));
}

TEST_F(Cli, PredictsEachFileOnALine) {
  write_text_atomic(folder_ / "set/OK/0b.bmp", std::string("BM\x36\0\0\0\0\0\0\0", 10));
  write_text_atomic(folder_ / "set/notes.txt", "no picture");
  std::filesystem::create_directories(folder_ / "out/00000_5.jpg/full");
  const Answer answer =
      type({"predict", at("run"), at("set"), at("none.png"), "--overlay", at("out")});
  EXPECT_EQ(answer.code, 1) << answer.err;
  const auto lines = command::json_lines(answer.out);
  ASSERT_EQ(lines.size(), 10u);
  EXPECT_EQ(lines[0]["path"], at("set/NG/5.png"));
  EXPECT_TRUE(lines[0].contains("verdict"));
  EXPECT_THAT(lines[0]["error"], HasSubstr("00000_5.jpg"));
  EXPECT_FALSE(lines[1].contains("error"));
  EXPECT_TRUE(std::filesystem::exists(lines[1].value("overlay", "")));
  EXPECT_THAT(lines[4]["error"], HasSubstr("0b.bmp': damaged BMP of 10 bytes"));
  EXPECT_THAT(lines[9]["error"], HasSubstr("none.png': No such file"));
}

TEST_F(Cli, PredictIsDoneWhereAllIsWell) {
  const Answer answer = type({"predict", at("run"), at("set/OK/0.png")});
  EXPECT_EQ(answer.code, 0) << answer.err;
  EXPECT_EQ(command::json_lines(answer.out).size(), 1u);
}

TEST_F(Cli, PredictRefusesAFolderWithoutImagesAndBrokenRuns) {
  std::filesystem::create_directory(folder_ / "empty");
  Answer answer = type({"predict", at("run"), at("empty")});
  EXPECT_EQ(answer.code, 1);
  EXPECT_THAT(answer.out, HasSubstr("a folder without image files"));
  answer = type({"predict", at("empty"), at("set")});
  EXPECT_EQ(answer.code, 1);
  EXPECT_THAT(answer.err, HasSubstr("model.json': No such file"));
  EXPECT_NE(type({"predict", at("none"), at("set")}).code, 0);
}

TEST_F(Cli, EveryCommandNoticesThatItsOutputIsLost) {
  ASSERT_EQ(type({"export", at("run"), "--out", at("m.paucal")}).code, 0);
  const std::vector<std::vector<std::string>> typed = {
      {"predict", at("run"), at("set")},
      {"data", "check", at("set")},
      {"data", "check", at("set"), "--json", "-"},
      {"data", "index", at("set"), at("list.idx")},
      {"boxes", "import", at("boxes.json"), "--out", at("again.json")},
      {"semi", "list"},
      {"weights", "list"},
      {"graph", at("m.paucal")},
      {"export", at("run"), "--out", at("m.paucal")},
      {"verify", at("m.paucal"), "--against", at("run"), "--data", at("set")},
      {"run", "--help"},
      {"--version"}};
  for (const auto& words : typed) {
    const Answer answer = type_into_full_disk(words);
    EXPECT_EQ(answer.code, 1) << fmt::format("{}", fmt::join(words, " "));
    EXPECT_THAT(answer.err, HasSubstr("standard output: No space left on device"));
  }
}

TEST_F(Cli, ExportedModelsSayWhatTheirRunSays) {
  Answer answer = type({"export", at("run"), "--out", at("m.paucal"), "--onnx", at("m.onnx")});
  EXPECT_EQ(answer.code, 0) << answer.err;
  EXPECT_THAT(answer.out, HasSubstr("not compared with eager"));
  EXPECT_TRUE(std::filesystem::exists(at("m.onnx")));
  answer = type({"verify", at("m.paucal"), "--against", at("run"), "--data", at("set")});
  EXPECT_EQ(answer.code, 0) << answer.out;
  EXPECT_THAT(answer.out, HasSubstr("8 images"));
  EXPECT_THAT(type({"graph", at("m.paucal"), "--size", "64x48"}).out, HasSubstr("conv2d"));
  answer = type({"graph", at("m.paucal"), "--size", "64"});
  EXPECT_EQ(answer.code, 1);
  EXPECT_THAT(answer.err, HasSubstr("expected WIDTHxHEIGHT"));
}

TEST_F(Cli, ChecksAndIndexesData) {
  Answer answer = type({"data", "check", at("set")});
  EXPECT_EQ(answer.code, 0) << answer.out;
  EXPECT_THAT(answer.out, HasSubstr("usable"));
  answer = type({"data", "check", at("set"), "--json", "-"});
  EXPECT_TRUE(Json::parse(answer.out).is_object());
  answer = type({"data", "index", at("set"), at("list.idx")});
  EXPECT_EQ(answer.code, 0) << answer.err;
  EXPECT_THAT(answer.out, HasSubstr("8 images"));
  write_text_atomic(folder_ / "set/OK/broken.png", "no picture");
  EXPECT_EQ(type({"data", "check", at("set")}).code, 1);
  answer = type({"data", "check", at("set"), "data.okay=OK"});
  EXPECT_EQ(answer.code, 1);
  EXPECT_THAT(answer.err, HasSubstr("data.okay"));
}

TEST_F(Cli, WeightsAreFetchedListedAndChecked) {
  const http::NoProxies no_proxies;
  ::setenv("XDG_CACHE_HOME", folder_.text().c_str(), 1);
  const std::string file = read_text(at("run/model.safetensors"));
  {
    const http::TestServer server(
        [&](const http::TestRequest& request) { return http::serve_file(request, file, ""); });
    const Answer answer = type({"weights", "get", "own", "--from", server.at("/m.safetensors")});
    EXPECT_EQ(answer.code, 0) << answer.err;
    EXPECT_EQ(answer.out, at("paucal/weights/own.safetensors") + "\n");
    EXPECT_THAT(answer.err, HasSubstr("nothing to compare it with"));
  }
  Answer answer = type({"weights", "get", "own"});  // no server any more
  EXPECT_EQ(answer.code, 0) << answer.err;
  EXPECT_THAT(answer.err, HasSubstr("is here already"));
  answer = type({"weights", "list"});
  EXPECT_THAT(answer.out, HasSubstr("efficientnet_lite0"));
  EXPECT_THAT(answer.out, HasSubstr(at("paucal/weights/own.safetensors")));
  answer = type({"weights", "check", "own"});
  EXPECT_EQ(answer.code, 0) << answer.err;
  EXPECT_THAT(answer.out, HasSubstr("format      safetensors"));
  EXPECT_THAT(answer.out, HasSubstr("finite      yes"));
  ::unsetenv("XDG_CACHE_HOME");
}

TEST_F(Cli, WeightsThatAreNotHereSayHowToGetThem) {
  ::setenv("XDG_CACHE_HOME", folder_.text().c_str(), 1);
  Answer answer = type({"weights", "get", "resnet18"});
  EXPECT_EQ(answer.code, 1);
  EXPECT_THAT(answer.err, HasSubstr("--from"));
  EXPECT_THAT(answer.err, HasSubstr("resnet18-f37072fd.pth"));
  answer = type({"weights", "get", "resnet81"});
  EXPECT_THAT(answer.err, HasSubstr("did you mean resnet18"));
  answer = type({"weights", "check", "resnet18"});
  EXPECT_EQ(answer.code, 1);
  EXPECT_THAT(answer.err, HasSubstr("paucal weights get resnet18"));
  EXPECT_NE(type({"weights", "get", "own", "--redirects", "-1"}).code, 0);
  write_text_atomic(folder_ / "recipe.yaml", "train: {epochs: 1}\n");
  answer = type({"train", at("recipe.yaml"), "model.weights=resnet18", "--out", at("new")});
  EXPECT_EQ(answer.code, 1);
  EXPECT_THAT(answer.err, HasSubstr("paucal weights get resnet18"));
  ::unsetenv("XDG_CACHE_HOME");
}

TEST_F(Cli, MakesSyntheticSets) {
  const Answer answer =
      type({"synth", "electrode", "--out", at("synth"), "--count", "4", "--size", "64"});
  EXPECT_EQ(answer.code, 0) << answer.err;
  EXPECT_TRUE(std::filesystem::is_directory(at("synth/truth")));
  const Answer wrong = type({"synth", "electrode", "--out", at("x"), "--count", "0"});
  EXPECT_NE(wrong.code, 0);
  EXPECT_THAT(wrong.err, HasSubstr("--count"));
}

TEST_F(Cli, BoxesGoToAToolAndComeBack) {
  Answer answer = type({"boxes", "export", at("boxes.json"), "--format", "voc", "--images",
                        at("set"), "--out", at("voc")});
  EXPECT_EQ(answer.code, 0) << answer.out << answer.err;
  EXPECT_THAT(answer.out, HasSubstr("2 images, 1 boxes"));
  answer = type({"boxes", "import", at("voc"), "--out", at("back.json")});
  EXPECT_EQ(answer.code, 0) << answer.out << answer.err;
  EXPECT_EQ(read_json(at("back.json"))["annotations"].size(), 1u);
  EXPECT_NE(type({"boxes", "export", at("boxes.json"), "--format", "paper", "--out", "x"}).code, 0);
}

TEST_F(Cli, ImportedSpellingsOfOneClassAreOneCategory) {
  Json boxes = read_json(at("boxes.json"));
  for (const auto& [id, name] : {std::pair{2, "Spot "}, std::pair{3, "SPOT"}}) {
    boxes["categories"].push_back({{"id", id}, {"name", name}});
    boxes["annotations"].push_back(boxes["annotations"][0]);
    boxes["annotations"].back()["id"] = boxes["annotations"].back()["category_id"] = id;
  }
  write_json(folder_ / "spelled.json", boxes);
  const Answer answer = type({"boxes", "import", at("spelled.json"), "--out", at("one.json")});
  EXPECT_EQ(answer.code, 0) << answer.out << answer.err;
  EXPECT_THAT(answer.out, HasSubstr("class-case: SPOT: 'SPOT' (1) and 'Spot"));
  const Json imported = read_json(at("one.json"));
  ASSERT_EQ(imported["categories"].size(), 1u);
  EXPECT_EQ(imported["categories"][0]["name"], "SPOT");
  EXPECT_EQ(imported["annotations"].size(), 3u);
}

TEST_F(Cli, RefusesNumbersOutOfBounds) {
  write_text_atomic(folder_ / "recipe.yaml", "data: {root: set}\n");
  for (const char* labels : {"0", "-5", "40,0", "many"}) {
    const Answer answer =
        type({"semi", "compare", at("recipe.yaml"), "--out", at("x"), "--labels", labels});
    EXPECT_NE(answer.code, 0) << labels;
    EXPECT_THAT(answer.err, HasSubstr("--labels")) << labels;
  }
  EXPECT_FALSE(std::filesystem::exists(at("x")));
  EXPECT_NE(type({"predict", at("run"), at("set"), "--tile", "-1"}).code, 0);
}

TEST_F(Cli, ARunSaysWhatIsMissing) {
  write_text_atomic(folder_ / "recipe.yaml", "train: {epochs: 1}\n");
  Answer answer = type({"run", at("recipe.yaml")});
  EXPECT_EQ(answer.code, 1);
  EXPECT_THAT(answer.err, HasSubstr("--out is missing"));
  answer = type({"train", at("recipe.yaml"), "--out", at("new")});
  EXPECT_EQ(answer.code, 1);
  EXPECT_THAT(answer.err, HasSubstr("data.root is missing"));
  answer = type({"run", at("recipe.yaml"), "train.epoch=2", "--out", at("new")});
  EXPECT_EQ(answer.code, 1);
  EXPECT_THAT(answer.err, HasSubstr("train.epoch"));
  EXPECT_FALSE(std::filesystem::exists(at("new")));
}

}  // namespace
}  // namespace paucal::cli
