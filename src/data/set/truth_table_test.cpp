#include "data/set/truth_table.h"

#include <gtest/gtest.h>

#include <algorithm>

namespace paucal::data {
namespace {

TEST(TruthTable, StaysWithItsImageWhereRecordsAreSortedOrLeftOut) {
  LabelledSet set;
  for (const char* path : {"c.png", "a.png", "b.png"}) {
    Record& record = set.dataset.records.emplace_back();
    record.path = path;
    set.truth.edit(record) = {.known = true, .objects = {{{0, 0, 2, 2}, path}}, .mask_path = {}};
  }
  std::ranges::sort(set.dataset.records, {}, &Record::path);
  set.dataset.records.erase(set.dataset.records.begin());
  ASSERT_EQ(set.dataset.records.size(), 2u);
  for (const Record& record : set.dataset.records)
    EXPECT_EQ(set.truth.of(record).objects.at(0).class_name, record.path);
}

TEST(TruthTable, KnowsNothingOfOtherImages) {
  Truth truth;
  Record drawn, other;
  drawn.path = "a.png";
  other.path = "b.png";
  truth.edit(drawn).known = true;
  EXPECT_TRUE(truth.of(drawn).known) << "and there is nothing on it";
  EXPECT_FALSE(truth.of(other).known);
}

}  // namespace
}  // namespace paucal::data
