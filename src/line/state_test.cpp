#include "line/state.h"

#include <gtest/gtest.h>

namespace paucal::line {
namespace {

using std::chrono::milliseconds;

constexpr Clock::time_point kZero{};
constexpr StateOptions kHold{milliseconds(1000), milliseconds(500)};
const Outcome kNgOutcome{Verdict::kNg, Reason::kNone, .9};

TEST(StateMachine, APartGoesRoundOnce) {
  StateMachine machine(kHold, kZero);
  EXPECT_EQ(machine.status().state, State::kReady);
  EXPECT_TRUE(machine.start(7));
  EXPECT_EQ(machine.status().state, State::kBusy);
  EXPECT_EQ(machine.status().part, 7u);
  EXPECT_TRUE(machine.finish(kNgOutcome, kZero, true));
  EXPECT_EQ(machine.status().state, State::kResult);
  EXPECT_EQ(machine.status().outcome.verdict, Verdict::kNg);
  EXPECT_TRUE(machine.acknowledge(7));
  EXPECT_EQ(machine.status().state, State::kReady);
  // Who reads slowly still finds it.
  EXPECT_EQ(machine.status().outcome.verdict, Verdict::kNg);
  EXPECT_TRUE(machine.start(8));
  EXPECT_EQ(machine.status().outcome.verdict, Verdict::kNone);
}

TEST(StateMachine, StepsOutOfTurnChangeNothing) {
  StateMachine machine(kHold, kZero);
  EXPECT_FALSE(machine.finish(kNgOutcome, kZero, true));
  EXPECT_FALSE(machine.acknowledge(0));
  EXPECT_EQ(machine.status(), StateMachine(kHold, kZero).status());
  machine.start(1);
  EXPECT_FALSE(machine.start(2));
  EXPECT_EQ(machine.status().part, 1u);
  machine.finish(kNgOutcome, kZero, true);
  EXPECT_FALSE(machine.start(2));
  EXPECT_FALSE(machine.acknowledge(2));
  EXPECT_EQ(machine.status().state, State::kResult);
}

TEST(StateMachine, AControllerThatNeverAcknowledgesHoldsAResultForItsTimeAlone) {
  StateMachine machine(kHold, kZero);
  machine.start(1);
  machine.finish(kNgOutcome, kZero, true);
  machine.tick(kZero + milliseconds(999));
  EXPECT_EQ(machine.status().state, State::kResult);
  machine.tick(kZero + milliseconds(1000));
  EXPECT_EQ(machine.status().state, State::kReady);
  EXPECT_EQ(machine.status().missed, 1);
  EXPECT_FALSE(machine.last_was_acknowledged());
}

TEST(StateMachine, NobodyToWaitForMissesNothing) {
  StateMachine machine(kHold, kZero);
  machine.start(1);
  machine.finish(kNgOutcome, kZero, false);
  machine.tick(kZero);
  EXPECT_EQ(machine.status().state, State::kReady);
  EXPECT_EQ(machine.status().missed, 0);
}

TEST(StateMachine, AnErrorKeepsPartsAwayAndHidesNoResult) {
  StateMachine machine(kHold, kZero);
  machine.set_fault(Fault::kUnknownRecipe, true);
  machine.set_fault(Fault::kResultsFile, true);
  EXPECT_EQ(machine.status().state, State::kError);
  EXPECT_EQ(machine.status().fault, Fault::kUnknownRecipe);
  EXPECT_FALSE(machine.start(1));
  machine.set_fault(Fault::kUnknownRecipe, false);
  EXPECT_EQ(machine.status().fault, Fault::kResultsFile);
  machine.set_fault(Fault::kResultsFile, false);
  EXPECT_TRUE(machine.start(1));
  machine.set_fault(Fault::kInputFolder, true);
  EXPECT_EQ(machine.status().state, State::kError);
  machine.finish(kNgOutcome, kZero, true);
  EXPECT_EQ(machine.status().state, State::kResult);
  EXPECT_EQ(machine.status().fault, Fault::kNone);
  machine.acknowledge(1);
  EXPECT_EQ(machine.status().state, State::kError);
}

TEST(StateMachine, TheHeartbeatGoesOnInEveryStateAndWraps) {
  StateMachine machine(kHold, kZero);
  machine.start(1);
  Clock::time_point now = kZero;
  for (int i = 0; i < 65537; ++i) machine.tick(now += milliseconds(500));
  EXPECT_EQ(machine.status().heartbeat, 1);
  machine.tick(now + milliseconds(499));
  EXPECT_EQ(machine.status().heartbeat, 1);
  machine.tick(now + std::chrono::hours(5));  // the computer slept
  EXPECT_EQ(machine.status().heartbeat, 2);
}

}  // namespace
}  // namespace paucal::line
