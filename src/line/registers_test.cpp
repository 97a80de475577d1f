#include "line/registers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/files.h"

namespace paucal::line {
namespace {

TEST(Registers, TheDocumentHasTheTable) {
  const std::string document =
      read_text(std::filesystem::path(PAUCAL_SOURCE_DIR) / "docs/line-engineer.md");
  EXPECT_THAT(document, testing::HasSubstr(register_table()));
}

TEST(Registers, TheTableFillsBothBlocksWithoutOverlap) {
  std::array<int, kAllWords> covered{};
  for (const Register& row : kRegisters)
    for (int i = 0; i < row.words; ++i) {
      const int address = row.address + i;
      ASSERT_LT(address, kAllWords);
      EXPECT_EQ(row.from_controller, address >= kCommandAddress);
      ++covered[static_cast<size_t>(address)];
    }
  for (int address = 0; address < kAllWords; ++address)
    EXPECT_EQ(covered[static_cast<size_t>(address)],
              address < kStatusWords || address >= kCommandAddress);
}

TEST(Registers, SayAStatus) {
  Status status;
  status.state = State::kResult;
  status.heartbeat = 3;
  status.part = 0x00010002;
  status.recipe = 4;
  status.outcome = {Verdict::kNg, Reason::kLate, .12344};
  EXPECT_EQ(to_registers(status), (StatusRegisters{0, 0, 2, 0, 3, 1, 2, 1, 1234, 4, 0}));
  status.outcome.probability_ng = 1.5;
  EXPECT_EQ(to_registers(status)[8], 10'000);
  status.state = State::kError;
  status.fault = Fault::kResultsFile;
  EXPECT_EQ(to_registers(status)[3], 3);
}

TEST(Registers, HoldACommand) {
  EXPECT_EQ(to_command({5, 0x1234, 0x5678}), (Command{5, 0x12345678}));
}

}  // namespace
}  // namespace paucal::line
