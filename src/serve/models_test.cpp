// Which model serves, and how that changes.

#include <gmock/gmock.h>

#include "edge/post/prediction_line.h"
#include "serve/choices.h"
#include "serve/golden.h"
#include "serve/resting_files.h"
#include "serve/self_check.h"
#include "serve/test_models.h"

namespace paucal::serve {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(ModelName, IsWhatAPathCarries) {
  for (const char* name : {"screws", "a", "7", "Line_2.v-3"}) EXPECT_TRUE(is_model_name(name));
  for (const char* name : {"", "stats", ".a", "-a", "a/b", "a b", "ä"})
    EXPECT_FALSE(is_model_name(name)) << name;
  EXPECT_TRUE(is_model_name(std::string(64, 'a')));
  EXPECT_FALSE(is_model_name(std::string(65, 'a')));
}

TEST(FindModels, InFoldersAndAlone) {
  const command::TestFolder folder;
  for (const char* file :
       {"m/1.paucal", "m/10.paucal", "m/9.paucal", "m/notes.txt", "one.paucal", ".hidden.paucal",
        "m/.4.paucal", "m.paucal", "m/01.paucal", "m/x.paucal", "a b/1.paucal"})
    write_text_atomic(folder / file, "x");
  std::filesystem::create_directory(folder / "m/9.golden");
  const FoundModels found = find_models(folder.text(), {{"named", folder / "m/notes.txt"}});
  std::vector<std::string> names;
  for (const auto& m : found.models) names.push_back(m.name + std::to_string(m.version));
  EXPECT_THAT(names, ElementsAre("m1", "m9", "m10", "named1", "one1"));
  EXPECT_EQ(found.models[1].golden, folder / "m/9.golden");
  EXPECT_EQ(found.problems.size(), 4u);  // a b, 01, x, m.paucal
}

TEST(Choice, AbandonsWhatLiesBetween) {
  EXPECT_THAT(in_order_of_choice({1, 3, 2}, {}), ElementsAre(3, 2, 1));
  EXPECT_THAT(in_order_of_choice({1, 2, 3}, Choice{2, 3}), ElementsAre(2, 1));
  EXPECT_THAT(in_order_of_choice({1, 2, 3, 4}, Choice{2, 3}), ElementsAre(4, 2, 1));
}

TEST(Choice, IsReadBackAndDamageIsNoChoice) {
  const command::TestFolder folder;
  const auto file = folder / "c.json";
  EXPECT_TRUE(read_choices(file)->empty());
  const Choices choices = {{"a", {2, 3}}, {"b", {1, 9}}};
  EXPECT_FALSE(write_choices(file, choices));
  EXPECT_EQ(*read_choices(file), choices);
  for (const char* text : {"", "{", "[1]", R"({"a": 3})", R"({"a": {"version": 2}})",
                           R"({"a": {"version": -1, "passed_over": 3}})"}) {
    write_text_atomic(file, text);
    EXPECT_FALSE(read_choices(file).ok()) << text;
  }
}

TEST(RestingFiles, CountWhenTheyRestedOrWereMovedIn) {
  RestingFiles files(std::chrono::seconds(2));
  const auto at = [](double s) {
    return Clock::time_point(std::chrono::milliseconds(static_cast<int>(s * 1000)));
  };
  FoundModel found{"m", 1, "m.paucal", "", {10, 1, 5}};
  EXPECT_FALSE(files.counts(found, at(1)));
  EXPECT_EQ(*files.ask_again(), at(3));
  EXPECT_FALSE(files.counts(found, at(2.9)));
  found.stamp.size = 20;  // it grew
  EXPECT_FALSE(files.counts(found, at(3)));
  EXPECT_FALSE(files.counts(found, at(4.9)));
  EXPECT_TRUE(files.counts(found, at(5)));
  EXPECT_FALSE(files.ask_again());
  found.stamp.inode = 2;
  files.moved_in("m.paucal");
  EXPECT_TRUE(files.counts(found, at(5.1)));
  files.forget_others();
  files.forget_others();
  EXPECT_FALSE(files.counts(found, at(9)));
}

class Golden : public testing::Test {
 protected:
  void SetUp() override {
    write_file_atomic(folder_ / "m/1.paucal", bytes_of_version(1));
    write_text_atomic(folder_ / "m/1.golden/spot.png", spot_png());
    auto predictor = edge::Predictor::open(folder_ / "m/1.paucal");
    line_ = edge::prediction_line((*predictor)->card(),
                                  *(*predictor)->predict(edge::bright_spot_image()));
    line_["path"] = "elsewhere/spot.png";
  }
  std::string check() {
    write_text_atomic(folder_ / "m/1.golden/expected.jsonl", line_.dump() + "\n");
    auto checked = load_checked(find_models(folder_.text(), {}).models.at(0), 1);
    return checked.ok() ? checked->how : checked.failure().message;
  }
  const command::TestFolder folder_;
  Json line_;
};

TEST_F(Golden, ImagesMustBeAsExpected) {
  EXPECT_EQ(check(), "1 golden image as expected");
  line_["probability_ng"] = line_["probability_ng"].get<double>() - 9e-4;
  EXPECT_EQ(check(), "1 golden image as expected");
  line_["probability_ng"] = line_["probability_ng"].get<double>() - 2e-4;
  EXPECT_THAT(check(), HasSubstr("'spot.png': probability_ng"));
}

TEST_F(Golden, VerdictAndBoxesToo) {
  const Json right = line_;
  line_["verdict"] = "OK";
  EXPECT_THAT(check(), HasSubstr("'spot.png': verdict \"NG\", expected \"OK\""));
  line_ = right;
  line_["boxes"][0]["x1"] = line_["boxes"][0]["x1"].get<double>() + .9;
  EXPECT_EQ(check(), "1 golden image as expected");
  line_["boxes"][0]["x1"] = line_["boxes"][0]["x1"].get<double>() + 9;
  EXPECT_THAT(check(), HasSubstr("box 0"));
  line_["boxes"] = Json::array();
  EXPECT_THAT(check(), HasSubstr("1 boxes, expected 0"));
}

TEST_F(Golden, NothingThatCannotBeReadPasses) {
  line_["path"] = "../../spot.png";  // never outside the folder
  EXPECT_EQ(check(), "1 golden image as expected");
  line_["path"] = "none.png";
  EXPECT_THAT(check(), HasSubstr("none.png"));
  line_ = Json::array({1});
  EXPECT_THAT(check(), HasSubstr("without \"path\""));
  line_ = Json();
  EXPECT_THAT(check(), HasSubstr("without \"path\""));
}

class ModelsFolder : public testing::Test {
 protected:
  void put(const std::string& name, int k) {
    write_file_atomic(folder_ / name, bytes_of_version(k));
  }
  // As a copy does it: in place, not by renaming.
  void overwrite(const std::string& name, const Bytes& bytes) {
    std::FILE* file = std::fopen((folder_ / name).c_str(), "wb");
    ASSERT_EQ(std::fwrite(bytes.data(), 1, bytes.size(), file), bytes.size());
    std::fclose(file);
  }
  EngineOptions options(bool watch = false) {
    EngineOptions options;
    options.models = folder_.text();
    options.watch = watch;
    return options;
  }
  const command::TestFolder folder_;
};

TEST_F(ModelsFolder, TheHighestVersionServes) {
  put("m/2.paucal", 2);
  put("m/10.paucal", 10);
  put("one.paucal", 1);
  RunningEngine engine(options());
  EXPECT_EQ(engine.version("m"), 10);
  EXPECT_EQ(engine.version("one"), 1);
  EXPECT_TRUE(engine->ready());
  EXPECT_THAT(engine->names(), ElementsAre("m", "one"));
  EXPECT_THAT(engine->loaded_versions("m"), ElementsAre(10));
  EXPECT_EQ(engine.state("m", 10), "READY");
  EXPECT_EQ(engine.state("m", 2), "UNAVAILABLE: not loaded");
  EXPECT_EQ(std::get<Refused>(engine.ask("m", 2)).why, Refusal::kNotReady);
  EXPECT_EQ(std::get<Refused>(engine.ask("m", 3)).why, Refusal::kUnknownModel);
  EXPECT_EQ(std::get<Refused>(engine.ask("n")).why, Refusal::kUnknownModel);
  EXPECT_THAT(engine.log(), HasSubstr("no golden images"));
}

TEST_F(ModelsFolder, WhatAPersonNamedMustServe) {
  put("a.paucal", 1);
  EngineOptions o;
  o.files = {{"a", folder_ / "a.paucal"}};
  EXPECT_EQ(RunningEngine(o).version("a"), 1);
  o.files = {{"a", folder_ / "none.paucal"}};
  EXPECT_THAT(RunningEngine(o).wrong(), HasSubstr("none.paucal': no such file"));
  overwrite("a.paucal", bytes_of_nan());
  o.files = {{"a", folder_ / "a.paucal"}};
  EXPECT_THAT(RunningEngine(o).wrong(), HasSubstr("expected finite"));
  o.files = {{"stats", folder_ / "a.paucal"}};
  EXPECT_THAT(RunningEngine(o).wrong(), HasSubstr("'stats'"));
}

TEST_F(ModelsFolder, ABadFileLeavesTheOldOne) {
  put("m/1.paucal", 1);
  const Bytes good = bytes_of_version(2);
  Bytes damaged = good, foreign(500, 'x');
  damaged[damaged.size() / 2] ^= 1;
  const Bytes cut(good.begin(), good.end() - 9);
  RunningEngine engine(options(true));
  int version = 2;
  for (const Bytes& bad : {damaged, cut, foreign, Bytes(), bytes_of_nan()}) {
    const std::string file = "m/" + std::to_string(version) + ".paucal";
    write_file_atomic(folder_ / file, bad);
    EXPECT_TRUE(comes_true([&] {
      return engine.state("m", version).starts_with("UNAVAILABLE: [");
    })) << version;
    EXPECT_EQ(engine.version("m"), 1);
    EXPECT_TRUE(engine->ready());
    ++version;
  }
  EXPECT_EQ(engine.load("m", 2)->why, Refusal::kBadInput);
  EXPECT_EQ(engine.version("m"), 1);
  put("m/9.paucal", 9);
  EXPECT_TRUE(comes_true([&] { return engine.version("m") == 9; }));
}

TEST_F(ModelsFolder, AGoodOneServesAtStartWhereTheHighestIsBad) {
  put("m/1.paucal", 1);
  put("m/2.paucal", 2);
  write_text_atomic(folder_ / "m/3.paucal", "no model");
  write_text_atomic(folder_ / "n.paucal", "no model");
  RunningEngine engine(options());
  EXPECT_EQ(engine.version("m"), 2);
  EXPECT_THAT(engine.state("m", 3), HasSubstr("no Paucal model"));
  EXPECT_FALSE(engine->ready());
  EXPECT_EQ(std::get<Refused>(engine.ask("n")).why, Refusal::kNotReady);
  put("n.paucal", 1);
  EXPECT_FALSE(engine.load("n"));
  EXPECT_TRUE(engine->ready());
}

// Renamed over, and overwritten in place: what serves was read by copy.
TEST_F(ModelsFolder, AFileIsReplacedAHundredTimes) {
  put("m.paucal", 0);
  RunningEngine engine(options());
  std::atomic<bool> stop{false};
  std::atomic<int> asked{0}, lost{0};
  std::thread client([&] {
    while (!stop) {
      ++asked;
      if (engine.version("m") != 1) ++lost;
    }
  });
  std::set<std::string> seen;
  for (int k = 1; k <= 100; ++k) {
    if (k % 2 == 0)
      put("m.paucal", k);
    else
      overwrite("m.paucal", bytes_of_version(k));
    EXPECT_FALSE(engine.load("m")) << k;
    seen.insert(std::get<Done>(engine.ask("m")).images[0].json);
  }
  overwrite("m.paucal", Bytes(100, 0));
  EXPECT_EQ(engine.load("m")->why, Refusal::kBadInput);
  EXPECT_THAT(engine.state("m", 1), StartsWith("READY: [model]"));
  stop = true;
  client.join();
  EXPECT_EQ(lost, 0) << "of " << asked;
  EXPECT_EQ(seen.size(), 100u);
}

TEST_F(ModelsFolder, WatchTakesWhatIsNew) {
  put("m/1.paucal", 1);
  RunningEngine engine(options(true));
  put("m/2.paucal", 2);  // renamed in
  EXPECT_TRUE(comes_true([&] { return engine.version("m") == 2; }));
  overwrite("m/3.paucal", bytes_of_version(3));
  EXPECT_TRUE(comes_true([&] { return engine.version("m") == 3; }));
  EXPECT_THAT(engine->loaded_versions("m"), ElementsAre(2, 3));
  put("other/7.paucal", 7);  // a folder that was not there
  EXPECT_TRUE(comes_true([&] { return engine.version("other") == 7; }));
  std::filesystem::remove(folder_ / "m/3.paucal");
  put("m/2.paucal", 22);
  EXPECT_FALSE(engine.load("other"));  // after a look at the folder
  EXPECT_EQ(engine.version("m"), 3);
}

TEST_F(ModelsFolder, RollbackIsRemembered) {
  for (const int k : {1, 2, 3}) put("m/" + std::to_string(k) + ".paucal", k);
  {
    RunningEngine engine(options(true));
    EXPECT_EQ(engine.version("m"), 3);
    EXPECT_FALSE(engine.rollback("m"));
    EXPECT_EQ(engine.version("m"), 2);
    EXPECT_EQ(engine.state("m", 3), "UNAVAILABLE: a person went back from it");
    overwrite("m/3.paucal", bytes_of_version(33));  // no reason to come back
    EXPECT_FALSE(engine.load("m"));
    EXPECT_EQ(engine.version("m"), 2);
  }
  {
    RunningEngine engine(options(true));
    EXPECT_EQ(engine.version("m"), 2);
    put("m/4.paucal", 4);
    EXPECT_TRUE(comes_true([&] { return engine.version("m") == 4; }));
    EXPECT_FALSE(engine.rollback("m"));  // not to 3
    EXPECT_EQ(engine.version("m"), 2);
    EXPECT_FALSE(engine.rollback("m"));
    EXPECT_EQ(engine.version("m"), 1);
    const auto refused = engine.rollback("m");
    EXPECT_EQ(refused->why, Refusal::kBadInput);
    EXPECT_THAT(refused->message, HasSubstr("version 1 serves, and none below"));
    EXPECT_EQ(engine.rollback("x")->why, Refusal::kUnknownModel);
  }
  RunningEngine engine(options());
  EXPECT_EQ(engine.version("m"), 1);
  EXPECT_FALSE(engine.load("m", 4));  // a person's word undoes it
  EXPECT_EQ(engine.version("m"), 4);
  engine.end();
  EXPECT_EQ(RunningEngine(options()).version("m"), 4);
}

TEST_F(ModelsFolder, RollbackReturnsToWhatIsLoadedThoughItsFileIsGone) {
  put("m/1.paucal", 1);
  RunningEngine engine(options(true));
  put("m/2.paucal", 2);
  EXPECT_TRUE(comes_true([&] { return engine.version("m") == 2; }));
  std::filesystem::remove(folder_ / "m/1.paucal");
  EXPECT_FALSE(engine.rollback("m"));
  EXPECT_EQ(engine.version("m"), 1);
}

TEST_F(ModelsFolder, DamagedMemoryOfRollbacksStopsTheStart) {
  put("m/1.paucal", 1);
  write_text_atomic(folder_ / kChoicesFile, "{");
  EXPECT_THAT(RunningEngine(options()).wrong(), HasSubstr(kChoicesFile));
}

TEST_F(ModelsFolder, LoadsAVersionAndUnloads) {
  for (const int k : {1, 2}) put("m/" + std::to_string(k) + ".paucal", k);
  RunningEngine engine(options(true));
  EXPECT_FALSE(engine.load("m", 1));
  EXPECT_EQ(engine.version("m"), 1);
  EXPECT_EQ(engine.load("m", 5)->why, Refusal::kUnknownModel);
  EXPECT_EQ(engine.load("n")->why, Refusal::kUnknownModel);
  EXPECT_FALSE(engine.unload("m"));
  EXPECT_EQ(std::get<Refused>(engine.ask("m")).why, Refusal::kNotReady);
  EXPECT_EQ(engine.state("m", 1), "UNAVAILABLE: unloaded");
  EXPECT_THAT(engine->loaded_versions("m"), IsEmpty());
  EXPECT_TRUE(engine->ready());  // as a person wants it
  put("m/3.paucal", 3);
  EXPECT_FALSE(engine.load("m"));
  EXPECT_EQ(engine.version("m"), 3);
  EXPECT_EQ(engine.unload("n")->why, Refusal::kUnknownModel);
}

TEST_F(ModelsFolder, AShadowIsCountedAndNeverAnswers) {
  put("m/1.paucal", 1);
  write_file_atomic(folder_ / "m/2.paucal", edge::write_model(test_model(1, -400)));  // always OK
  EngineOptions o = options(true);
  o.shadows = {{"m", 2}};
  o.shadow_share = .5;
  RunningEngine engine(o);
  for (int i = 0; i < 8; ++i) EXPECT_EQ(engine.version("m"), 1);
  EXPECT_EQ(std::get<Done>(engine.ask("m", 2)).served->version, 2);  // who asks for it gets it
  std::vector<std::pair<std::string, std::uint64_t>> pairs;
  EXPECT_TRUE(comes_true([&] {
    pairs = engine->statistics().at(0).shadow;
    return !pairs.empty() && pairs[0].second == 4;
  }));
  EXPECT_EQ(pairs[0].first, "NG→OK");
  EXPECT_EQ(engine.state("m", 2), "READY: runs beside what serves");
  o.shadows = {{"m", 7}};
  EXPECT_THAT(RunningEngine(o).wrong(), HasSubstr("--shadow m=7"));
}

}  // namespace
}  // namespace paucal::serve
