// Whatever moment a program ends at, the spool is readable, and no more is lost than what was in
// flight.
#include <signal.h>
#include <sys/wait.h>

#include <set>
#include <thread>

#include "base/random.h"
#include "spool/spool.h"
#include "spool/test_spool.h"

namespace paucal::spool {
namespace {

// Adds images until it is killed, and says so of each to `answers`, as a server would to a client.
[[noreturn]] void run_until_killed(const fs::path& folder, int first, int answers) {
  SpoolOptions options;
  options.folder = folder;
  options.keep_ok = .3;
  const auto spool = Spool::open(options);
  if (!spool.ok()) ::_exit(3);
  for (int i = first;; ++i) {
    test::add(**spool, test::image_file(i, 20'000), i % 3 == 0 ? .9 : .1, std::to_string(i));
    if (::write(answers, "x", 1) != 1) ::_exit(4);
  }
}

// The number of images that the program answered before it was killed: some microseconds after the
// answer `wanted`, or after its start.
int answered_until_killed(const fs::path& folder, int first, int wanted, int64_t microseconds) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    run_until_killed(folder, first, ends[1]);
  }
  ::close(ends[1]);
  int answered = 0;
  char block[4096];
  const auto read_answers = [&](size_t most) {
    const ssize_t n = ::read(ends[0], block, most);
    answered += static_cast<int>(std::max<ssize_t>(n, 0));
    return n > 0;
  };
  while (answered < wanted && read_answers(1)) {
  }
  std::this_thread::sleep_for(std::chrono::microseconds(microseconds));
  EXPECT_EQ(::kill(child, SIGKILL), 0);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFSIGNALED(status)) << "it ended by itself, code " << WEXITSTATUS(status);
  while (read_answers(sizeof block)) {
  }
  ::close(ends[0]);
  return answered;
}

TEST(SpoolKilled, AtAnyMomentHasAllAnsweredLinesAndWholeImages) {
  const test::Folder folder;
  Random random(4);
  int first = 0;
  for (int round = 0; round < 50; ++round) {
    const int answered = answered_until_killed(
        folder.path, first, static_cast<int>(random.below(12)), random.below(20'000));
    {  // what is half goes away when the spool is opened
      SpoolOptions options;
      options.folder = folder.path;
      ASSERT_TRUE(Spool::open(options).ok());
    }
    int lines = 0;
    std::set<std::string> promised;
    for (const Json& line : test::lines_in(folder.path / "line")) {
      lines += std::stoi(std::string(line.at("request_key"))) >= first;
      if (line.contains("kept")) promised.insert(std::string(line.at("kept")));
    }
    ASSERT_GE(lines, answered);
    ASSERT_LE(lines, answered + 1);  // one was in flight
    for (const std::string& name : test::kept_images(folder.path))
      ASSERT_TRUE(promised.contains(name));
    first += answered + 1;
  }
  EXPECT_GT(first, 100);
  {  // all that died is in nobody's way
    SpoolOptions options;
    options.folder = folder.path;
    const auto spool = Spool::open(options);
    ASSERT_TRUE(spool.ok());
    test::add(**spool, test::image_file(first, 20'000), .9, "last");
  }
  EXPECT_FALSE(test::kept_images(folder.path).empty());
}

}  // namespace
}  // namespace paucal::spool
