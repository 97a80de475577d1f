#include "metrics/annotation/action_costs.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include "base/error.h"
#include "base/files.h"

namespace paucal::metrics {
namespace {

namespace fs = std::filesystem;

class ActionCostsFile : public testing::Test {
 protected:
  ActionCostsFile() : file_(fs::temp_directory_path() / fmt::format("costs_{}", ::getpid())) {}
  ~ActionCostsFile() override { fs::remove(file_); }
  const fs::path& with(const char* text) const {
    write_text_atomic(file_, text);
    return file_;
  }

  const fs::path file_;
};

TEST_F(ActionCostsFile, YamlOrJsonAndWhatIsLeftOutStays) {
  EXPECT_EQ(load_action_costs(with("draw: 25.5\nopen: 1\n")).draw, 25.5);
  const ActionCosts costs = load_action_costs(with(R"({"draw": 12, "move_side": 3e0})"));
  EXPECT_EQ(costs.draw, 12);
  EXPECT_EQ(costs.move_side, 3);
  EXPECT_EQ(costs.accept, ActionCosts().accept);
}

TEST_F(ActionCostsFile, RefusesUnknownActionsAndTimesThatAreNone) {
  for (const char* text :
       {"drew: 7\n", "draw: -1\n", "draw: 0\n", "draw: fast\n", "draw: .nan\n", "- 7\n", "{"})
    EXPECT_THROW(load_action_costs(with(text)), Error) << text;
  EXPECT_THROW(load_action_costs(file_ / "none"), Error);
}

TEST(ActionCosts, SecondsAreCountsTimesCosts) {
  const ActionCosts costs{
      .open = 1, .accept = 10, .reject = 100, .move_side = 1000, .draw = 1e4, .nothing = 1e5};
  Actions actions{.open = 1, .accept = 2, .reject = 3, .move_side = 4, .draw = 5, .nothing = 6};
  EXPECT_EQ(actions.seconds(costs), 654321);
  EXPECT_EQ(Actions().seconds(costs), 0);
  EXPECT_EQ(actions_from_json(to_json(actions)), actions);
  actions += actions;
  EXPECT_EQ(actions.seconds(costs), 2 * 654321);
}

TEST(ActionCosts, JudgingCostsMoreWhileDrawingStays) {
  const ActionCosts costs, twice = with_judging(costs, 2);
  EXPECT_EQ(twice.accept, 2 * costs.accept);
  EXPECT_EQ(twice.reject, 2 * costs.reject);
  EXPECT_EQ(twice.move_side, 2 * costs.move_side);
  EXPECT_EQ(twice.draw, costs.draw);
  EXPECT_EQ(twice.open, costs.open);
  EXPECT_EQ(twice.nothing, costs.nothing);
}

}  // namespace
}  // namespace paucal::metrics
