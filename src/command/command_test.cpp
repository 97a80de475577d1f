#include "command/command.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/error.h"
#include "command/output.h"
#include "command/test_program.h"

namespace paucal::command {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

std::string reported;

void declare_answer(CLI::App& app, int& code) {
  app.require_subcommand(1);
  app.add_subcommand("print", "prints")->callback([] { print("42\n"); });
  app.add_subcommand("code", "ends with 7")->callback([&code] { code = 7; });
  app.add_subcommand("fail", "fails")->callback([] { fail("answer", "'x': wrong"); });
}

constexpr Command kTable[] = {{"answer", "the answer", declare_answer}};
const Program kProgram = {.name = "deep",
                          .help = "Thinks.",
                          .commands = kTable,
                          .options = nullptr,
                          .report = [](const std::string& message) { reported = message; }};

int type(std::vector<const char*> words) {
  words.insert(words.begin(), "deep");
  reported.clear();
  return run(kProgram, static_cast<int>(words.size()), words.data());
}

TEST(Run, GivesTheCommandsCode) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(type({"answer", "print"}), 0);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "42\n");
  EXPECT_EQ(type({"answer", "code"}), 7);
}

TEST(Run, ReportsErrors) {
  EXPECT_EQ(type({"answer", "fail"}), 1);
  EXPECT_EQ(reported, "[answer] 'x': wrong");
}

TEST(Run, HelpBeginsWithTheUsage) {
  testing::internal::CaptureStdout();
  EXPECT_EQ(type({"answer", "print", "--help"}), 0);
  EXPECT_THAT(testing::internal::GetCapturedStdout(), StartsWith("Usage: deep answer print"));
}

TEST(AllHelp, IsThatOfEachCommand) {
  int code = 0;
  const Json help = all_help(*make_app(kProgram, code));
  EXPECT_EQ(help.size(), 4u);
  for (const char* name : {"answer", "answer print"}) {
    EXPECT_THAT(help[name].get<std::string>(), StartsWith(std::string("Usage: deep ") + name));
  }
  testing::internal::CaptureStdout();
  EXPECT_EQ(type({"answer", "print", "--help"}), 0);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), help["answer print"]);
}

TEST(Run, NamesTheNearestCommand) {
  EXPECT_EQ(type({"anser"}), 1);
  EXPECT_THAT(reported, HasSubstr("unknown subcommand of 'deep' 'anser'"));
  EXPECT_THAT(reported, HasSubstr("did you mean answer"));
  EXPECT_EQ(type({"answer", "prnt"}), 1);
  EXPECT_THAT(reported, HasSubstr("did you mean print"));
}

TEST(Run, ReportsStandardOutputThatCannotBeWritten) {
  int code = 0;
  {
    const FullDisk full;
    code = type({"answer", "print"});
  }
  EXPECT_EQ(code, 1);
  EXPECT_EQ(reported, "[cli] standard output: No space left on device");
}

}  // namespace
}  // namespace paucal::command
