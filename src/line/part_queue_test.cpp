#include "line/part_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace paucal::line {
namespace {

using testing::ElementsAre;

std::vector<std::string> pop_all(PartQueue& queue) {
  std::vector<std::string> paths;
  while (const auto arrival = queue.pop()) paths.push_back(arrival->path);
  return paths;
}

TEST(PartQueue, StationsTakeTurnsAndKeepTheirOrder) {
  PartQueue queue;
  for (const char* path : {"b/2", "b/1", "b/3", "a/1", "c/1", "c/0"}) queue.push({path, {}, {}});
  EXPECT_EQ(queue.size(), 6u);
  EXPECT_THAT(pop_all(queue), ElementsAre("a/1", "b/2", "c/1", "b/1", "c/0", "b/3"));
  EXPECT_EQ(queue.size(), 0u);
}

TEST(PartQueue, FilesWithoutAStationAreOneOfTheirOwn) {
  PartQueue queue;
  for (const char* path : {"x", "y", "a/1"}) queue.push({path, {}, {}});
  EXPECT_THAT(pop_all(queue), ElementsAre("a/1", "x", "y"));
  queue.push({"z", {}, {}});
  EXPECT_THAT(pop_all(queue), ElementsAre("z"));
}

}  // namespace
}  // namespace paucal::line
