// What runs again when what changes, on stages that only write a line.

#include "pipeline/dag.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <map>

#include "base/error.h"
#include "base/files.h"
#include "pipeline/run.h"

namespace paucal::pipeline {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

// data → learn (takes long) → judge → page; guess beside page, from learn alone.
class DagTest : public testing::Test {
 protected:
  DagTest() {
    run_.folder = fs::temp_directory_path() /
                  fmt::format("paucal_dag_{}_{}", ::getpid(),
                              testing::UnitTest::GetInstance()->current_test_info()->name());
    fs::remove_all(run_.folder);
    fs::create_directories(run_.folder);
    add("data", {}, {}, {"data.txt"});
    add("learn", {"data"}, {}, {"weights.bin", "train/result.json"}).folder = "train";
    add("judge", {"learn"}, {"weights.bin"}, {"figures.json"});
    add("page", {"judge"}, {"figures.json"}, {"page.html"});
    add("guess", {"learn"}, {"weights.bin"}, {"boxes.json"});
  }
  ~DagTest() override { fs::remove_all(run_.folder); }

  Stage& add(const std::string& name, std::vector<std::string> needs,
             std::vector<std::string> reads, std::vector<std::string> makes) {
    options_[name] = content_[name] = "1";
    Stage& stage = table_.emplace_back();
    stage.name = name;
    stage.needs = std::move(needs);
    stage.reads = std::move(reads);
    stage.makes = std::move(makes);
    stage.key = [this, name](const RunState&) { return Json(options_[name]); };
    stage.run = [this, name, files = stage.makes](RunState& run, const std::string&) {
      ran_.push_back(name);
      for (const std::string& file : files) {
        if (name == dies_) fail("test", "killed in {}", name);
        write_text_atomic(run.folder / file, content_[name]);
      }
    };
    return stage;
  }
  // The names of the stages that ran.
  std::vector<std::string> go(const std::vector<std::string>& wanted = {"page"}) {
    ran_.clear();
    run_dag(table_, run_, wanted);
    return ran_;
  }
  std::string text(const std::string& file) const { return read_text(run_.folder / file); }
  bool is_there(const std::string& file) const { return fs::exists(run_.folder / file); }

  RunState run_;
  std::vector<Stage> table_;
  std::map<std::string, std::string> options_, content_;
  std::vector<std::string> ran_;
  std::string dies_;
};

TEST_F(DagTest, TheSameAgainDoesNothing) {
  EXPECT_THAT(go(), ElementsAre("data", "learn", "judge", "page"));
  EXPECT_THAT(go(), IsEmpty());
  EXPECT_THAT(go({"page", "guess"}), ElementsAre("guess"));
  EXPECT_THAT(go({"learn"}), IsEmpty());
}

TEST_F(DagTest, AnOptionRunsItsStageAndWhatReadsAnotherContent) {
  go({"page", "guess"});
  options_["page"] = "2";
  EXPECT_THAT(go({"page", "guess"}), ElementsAre("page"));
  options_["judge"] = "2";
  EXPECT_THAT(go({"page", "guess"}), ElementsAre("judge")) << "the same figures, the same page";
  options_["judge"] = "3";
  content_["judge"] = "3";
  EXPECT_THAT(go({"page", "guess"}), ElementsAre("judge", "page"));
  options_["data"] = "2";
  EXPECT_THAT(go({"page", "guess"}), ElementsAre("data")) << "nothing reads its file";
}

TEST_F(DagTest, AMissingOrForeignFileRunsItsMakerOrItsReaders) {
  go();
  fs::remove(run_.folder / "figures.json");
  EXPECT_THAT(go(), ElementsAre("judge"));
  write_text_atomic(run_.folder / "weights.bin", "of another");
  EXPECT_THAT(go(), ElementsAre("judge"));
}

TEST_F(DagTest, WhatTookLongIsSetAsideAndComesBack) {
  go({"page", "guess"});
  write_text_atomic(run_.folder / "train" / "last.bin", "checkpoint");
  options_["learn"] = content_["learn"] = content_["judge"] = "2";
  EXPECT_THAT(go(), ElementsAre("learn", "judge", "page"));
  EXPECT_EQ(text("train.1/last.bin"), "checkpoint");
  for (const char* file : {"weights.bin", "figures.json", "page.html", "boxes.json"})
    EXPECT_EQ(text(std::string("train.1/") + file), "1") << file;
  EXPECT_FALSE(is_there("train/last.bin"));
  EXPECT_FALSE(is_there("boxes.json")) << "of the weights before";

  options_["learn"] = content_["learn"] = content_["judge"] = "3";
  EXPECT_THAT(go(), ElementsAre("learn", "judge", "page"));
  EXPECT_EQ(text("train.2/weights.bin"), "2");

  options_["learn"] = "1";
  EXPECT_THAT(go({"page", "guess"}), IsEmpty()) << "all of it is back";
  EXPECT_EQ(text("train/last.bin"), "checkpoint");
  EXPECT_EQ(text("page.html"), "1");
  EXPECT_FALSE(is_there("train.1"));
  EXPECT_EQ(text("train.2/weights.bin"), "2");
  EXPECT_EQ(text("train.3/weights.bin"), "3");
}

TEST_F(DagTest, KilledInAStageItGoesOnWithThatStage) {
  dies_ = "judge";
  EXPECT_THROW(go(), Error);
  EXPECT_THAT(ran_, ElementsAre("data", "learn", "judge"));
  dies_ = "";
  EXPECT_THAT(go(), ElementsAre("judge", "page"));

  // A stage that began with other options has left its files to nobody.
  options_["judge"] = "2";
  dies_ = "judge";
  EXPECT_THROW(go(), Error);
  options_["judge"] = "1";
  dies_ = "";
  EXPECT_THAT(go(), ElementsAre("judge"));
}

TEST_F(DagTest, ATrainingKilledWhileItIsSetAsideIsNotLost) {
  go();
  write_text_atomic(run_.folder / "train" / "last.bin", "checkpoint");
  options_["learn"] = "2";
  dies_ = "learn";
  EXPECT_THROW(go(), Error);
  EXPECT_EQ(text("train.1/last.bin"), "checkpoint");
  EXPECT_EQ(text("train.1/weights.bin"), "1");
  EXPECT_FALSE(is_there("weights.bin")) << "no model stands beside a recipe that is not its own";
  options_["learn"] = "1";
  dies_ = "";
  EXPECT_THAT(go(), IsEmpty());
  EXPECT_EQ(text("train/last.bin"), "checkpoint");
}

TEST_F(DagTest, AStageThatRefusesLeavesTheFolderAsItWas) {
  table_[0].refuses = true;
  go();
  const std::string record = text("stages.json");
  options_["data"] = "other";
  dies_ = "data";
  EXPECT_THROW(go(), Error);
  EXPECT_EQ(text("stages.json"), record);
  options_["data"] = "1";
  EXPECT_THAT(go(), IsEmpty());
}

TEST_F(DagTest, AStageThatLeavesOutAFileIsNamed) {
  table_[2].makes.emplace_back("promised.json");
  try {
    go();
    FAIL() << "expected an Error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("promised.json"));
  }
  EXPECT_FALSE(read_json(run_.folder / "stages.json").contains("judge"));
}

TEST_F(DagTest, WhatAHandHasMadeOfTheRecordRunsAgain) {
  go();
  write_text_atomic(run_.folder / "stages.json", R"({"learn": 3, "judge": {"key": 1}})");
  EXPECT_THAT(go(), ElementsAre("data", "learn", "judge", "page"));
  write_text_atomic(run_.folder / "stages.json", "[1]");
  EXPECT_THAT(go(), ElementsAre("data", "learn", "judge", "page"));
}

TEST_F(DagTest, AfterEachStageTheCallerMayChangeWhatTheNextReads) {
  std::vector<std::string> seen;
  const auto after = [&](const Stage& stage) {
    seen.push_back(stage.name);
    if (stage.name == "data") options_["learn"] = "2";
  };
  run_dag(table_, run_, {"judge"}, after);
  EXPECT_THAT(seen, ElementsAre("data", "learn", "judge"));
  EXPECT_THAT(go({"judge"}), IsEmpty()) << "learn ran with what was changed before it";

  seen.clear();
  options_["learn"] = "1";
  run_dag(table_, run_, {"judge"}, after);
  EXPECT_THAT(seen, ElementsAre("data", "learn", "judge")) << "also where they were done already";
  EXPECT_THAT(ran_, IsEmpty());
}

TEST_F(DagTest, TablesThatCannotBeAreRefused) {
  EXPECT_NO_THROW(check_stages(table_));
  try {
    plan(table_, {"lern"});
    FAIL() << "expected an Error";
  } catch (const Error& error) {
    EXPECT_THAT(error.what(), HasSubstr("learn"));
  }
  add("twice", {}, {}, {"page.html"});
  EXPECT_THROW(check_stages(table_), Error);
  table_.pop_back();
  add("early", {"later"}, {}, {});
  EXPECT_THROW(check_stages(table_), Error);
  table_.pop_back();
  add("stranger", {"data"}, {"weights.bin"}, {});
  EXPECT_THROW(check_stages(table_), Error);
}

}  // namespace
}  // namespace paucal::pipeline
