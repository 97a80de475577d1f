#include "data/feed/partners.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace paucal::data {
namespace {

using ::testing::UnorderedElementsAre;

Dataset numbered(int count) {
  Dataset dataset;
  dataset.classes = {"NG", "OK"};
  dataset.class_is_ok = {false, true};
  for (int i = 0; i < count; ++i) {
    Record& record = dataset.records.emplace_back();
    record.label = i % 2;
    record.path = std::string(i % 2 ? "OK/" : "NG/") + static_cast<char>('a' + i) + ".png";
  }
  return dataset;
}

std::set<int> drawn(const Partners& partners, int record) {
  std::set<int> records;
  for (uint64_t i = 0; i < 100; ++i) {
    Random random(i);
    records.insert(partners.draw(record, random));
  }
  return records;
}

TEST(Partners, AreOfTheSameGroup) {
  Dataset dataset = numbered(12);
  for (const size_t i : {0, 5, 7}) dataset.records[i].group = "lot";
  const Partners partners(dataset, {1, 3, 5, 7, 9, 11});
  EXPECT_THAT(drawn(partners, 0), UnorderedElementsAre(5, 7));
}

TEST(Partners, AreTheNearestByNameWithoutGroups) {
  const Dataset dataset = numbered(20);
  const Partners partners(dataset, {1, 3, 5, 7, 9, 11, 13, 15, 17, 19});
  EXPECT_THAT(drawn(partners, 10), UnorderedElementsAre(7, 9, 11, 13));
  EXPECT_THAT(drawn(partners, 0), UnorderedElementsAre(1, 3, 5, 7)) << "at the begin";
  EXPECT_THAT(drawn(partners, 18), UnorderedElementsAre(13, 15, 17, 19)) << "and at the end";
}

TEST(Partners, OneOkImageIsThePartnerOfAll) {
  Dataset dataset = numbered(8);
  dataset.records[0].group = "nobody's";
  const Partners partners(dataset, {3});
  for (const int record : {0, 2, 6}) EXPECT_THAT(drawn(partners, record), UnorderedElementsAre(3));
}

}  // namespace
}  // namespace paucal::data
