// Whatever write a store ends at: what was answered is there, all else is whole or not there.

#include <sys/wait.h>

#include <thread>

#include "review/test_fault_vfs.h"
#include "review/test_review.h"

namespace paucal::review {
namespace {

namespace fs = std::filesystem;

constexpr int kActions = 5;

// Decides image after image, and says so of each to `answers`.
[[noreturn]] void decide_until_killed(const fs::path& folder, int answers, int actions) {
  try {
    const auto store = Store::open(folder, {.blind_share = 0});  // an event an action
    for (int i = 0; i < actions; ++i) {
      const Person anna{1, "anna", Role::kReviewer, "s"};
      store->write([&](Database& db) {
        const int64_t image = i % 8 + 1;
        const auto result = act(db, store->moment(), anna,
                                {.client_seq = *db.integer("SELECT max(id) FROM event") + 1000,
                                 .image = image,
                                 .base_version = version_of(db, image),
                                 .action = i % 3 == 2 ? "reopen" : "done"});
        if (std::holds_alternative<Refusal>(result)) ::_exit(5);
      });
      if (::write(answers, "x", 1) != 1) ::_exit(4);
    }
    if (actions == kActions) store->backup();
  } catch (const std::exception& error) {
    std::fprintf(stderr, "%s\n", error.what());
    ::_exit(3);
  }
  ::_exit(0);
}

struct Ended {
  int answered = 0;
  bool killed = false;
  int code = 0;
};

template <class Prepare, class Watch>
Ended run_child(const fs::path& folder, int actions, const Prepare& prepare, const Watch& watch) {
  int ends[2];
  EXPECT_EQ(::pipe(ends), 0);
  const pid_t child = ::fork();
  if (child == 0) {
    ::close(ends[0]);
    prepare();
    decide_until_killed(folder, ends[1], actions);
  }
  ::close(ends[1]);
  watch(child);
  Ended ended;
  char byte;
  while (::read(ends[0], &byte, 1) == 1) ++ended.answered;
  ::close(ends[0]);
  int status = 0;
  EXPECT_EQ(::waitpid(child, &status, 0), child);
  ended.killed = WIFSIGNALED(status);
  ended.code = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
  return ended;
}

int64_t events_in(const fs::path& folder, bool rebuild) {
  const auto store = Store::open(folder);
  const CheckReport report = check(*store, rebuild);
  EXPECT_TRUE(report.ok()) << report.problems[0];
  return report.events;
}

class Killed : public testing::Test {
 protected:
  Killed() {
    {
      test::Review review(8);
      review.store_.reset();
      fs::copy(review.folder_.path / "review", whole_, fs::copy_options::recursive);
    }
    before_ = events_in(whole_, true);
  }
  fs::path fresh() {
    const fs::path copy = folder_.path / "copy";
    fs::remove_all(copy);
    fs::copy(whole_, copy, fs::copy_options::recursive);
    return copy;
  }
  // At the first write, the one `step` later, … until it ends by itself. Returns how often.
  int kill_at_every_write(int step, bool lose) {
    for (int write = 1, kills = 0;; write += step, ++kills) {
      const fs::path copy = fresh();
      const Ended ended = run_child(
          copy, kActions,
          [&] {
            test::fault.kill_at = write;
            test::fault.lose = lose;
            test::fault.seed = static_cast<uint64_t>(write);
            test::install_fault_vfs();
          },
          [](pid_t) {});
      EXPECT_EQ(ended.code, 0);
      const int64_t events = events_in(copy, write % 8 == 0) - before_;
      EXPECT_GE(events, ended.answered) << "at write " << write;
      EXPECT_LE(events, ended.answered + 1) << "at write " << write;
      if (!ended.killed || testing::Test::HasFailure()) return kills;
    }
  }

  test::Folder folder_;
  fs::path whole_ = folder_.path / "whole";
  int64_t before_ = 0;
};

TEST_F(Killed, AtEveryWriteKeepsWhatWasAnswered) {
  const int kills = kill_at_every_write(/*step=*/1, /*lose=*/false);
  EXPECT_GE(kills, 50);
  fmt::print("killed at {} writes\n", kills);
}

TEST_F(Killed, WithUnsyncedWritesLostKeepsWhatWasAnswered) {
  const int kills = kill_at_every_write(/*step=*/2, /*lose=*/true);
  EXPECT_GE(kills, 50);
  fmt::print("lost what was not synced at {} writes\n", kills);
}

TEST_F(Killed, AtRandomMomentsAgainAndAgainKeepsWhatWasAnswered) {
  Random random(7);
  int64_t least = before_, most = before_;
  for (int round = 0; round < 25; ++round) {
    const Ended ended = run_child(
        whole_, 1'000'000, [] {},
        [&](pid_t child) {
          std::this_thread::sleep_for(std::chrono::microseconds(random.below(60'000)));
          ::kill(child, SIGKILL);
        });
    EXPECT_TRUE(ended.killed);
    least += ended.answered;
    most += ended.answered + 1;
    const int64_t events = events_in(whole_, round % 8 == 0);
    ASSERT_GE(events, least);
    ASSERT_LE(events, most);
    least = most = events;
  }
}

}  // namespace
}  // namespace paucal::review
