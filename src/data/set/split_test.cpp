#include "data/set/split.h"

#include <map>
#include <set>

#include "data/files/csv.h"
#include "data/set/dataset.h"
#include "data/set/test_folder.h"

namespace paucal::data {
namespace {

using ::testing::HasSubstr;

// `count` records of a class, `per_group` of each group (0: no groups).
void add(Dataset& set, const std::string& name, int count, int per_group = 0) {
  if (std::ranges::find(set.classes, name) == set.classes.end()) set.classes.push_back(name);
  set.class_is_ok.resize(set.classes.size(), false);
  const int label = static_cast<int>(std::ranges::find(set.classes, name) - set.classes.begin());
  for (int i = 0; i < count; ++i) {
    Record record;
    record.path = fmt::format("{}/{:04}.png", name, i);
    record.class_name = name;
    record.label = label;
    if (per_group > 0) record.group = fmt::format("{}-{}", name, i / per_group);
    set.records.push_back(record);
  }
}

std::map<std::string, Split> splits_of(const Dataset& set) {
  std::map<std::string, Split> result;
  for (const auto& record : set.records) result[record.path] = record.split;
  return result;
}

int64_t count(const Dataset& set, const std::string& name, Split split) {
  return std::ranges::count_if(set.records,
                               [&](auto& r) { return r.class_name == name && r.split == split; });
}

TEST(Split, IsStratified) {
  Dataset set;
  add(set, "NG", 40);
  add(set, "OK", 400);
  assign_splits(set, {});
  EXPECT_EQ(count(set, "NG", Split::kTest), 10);
  EXPECT_EQ(count(set, "OK", Split::kTest), 100);
  EXPECT_NEAR(static_cast<double>(count(set, "NG", Split::kVal)), 4.5, 0.51);
  EXPECT_EQ(count(set, "OK", Split::kVal), 45);
  EXPECT_EQ(count(set, "OK", Split::kNone), 0);
}

TEST(Split, NoGroupStraddlesAndSharesStayNear) {
  Dataset set;
  add(set, "NG", 120, 5);
  add(set, "OK", 300, 7);
  for (int i = 0; i < 20; ++i) set.records[static_cast<size_t>(i)].group = "OK-1";  // both classes
  assign_splits(set, {});
  std::map<std::string, std::set<Split>> seen;
  for (const auto& record : set.records) seen[record.group].insert(record.split);
  for (const auto& [group, splits] : seen) EXPECT_EQ(splits.size(), 1u) << group;
  EXPECT_NEAR(static_cast<double>(count(set, "NG", Split::kTest)), 30, 10);
  EXPECT_NEAR(static_cast<double>(count(set, "OK", Split::kTest)), 75, 10);
}

TEST(Split, DependsOnTheSeedAloneNotOnOrderOrOtherFiles) {
  Dataset set;
  add(set, "NG", 60);
  add(set, "OK", 60);
  Dataset turned = set, more = set, other = set;
  assign_splits(set, {});
  std::ranges::reverse(turned.records);
  assign_splits(turned, {});
  EXPECT_EQ(splits_of(set), splits_of(turned));

  add(more, "zz", 30);  // an unrelated class
  assign_splits(more, {});
  for (const auto& [path, split] : splits_of(set)) EXPECT_EQ(splits_of(more)[path], split) << path;

  DataOptions options;
  options.seed = 1;
  assign_splits(other, options);
  EXPECT_NE(splits_of(set), splits_of(other));
}

TEST(Split, OneMoreImageMovesFewOthers) {
  Dataset set;
  add(set, "NG", 60);
  add(set, "OK", 60);
  Dataset more = set;
  add(more, "OK", 0);
  more.records.push_back(more.records.back());
  more.records.back().path = "OK/new.png";
  assign_splits(set, {});
  assign_splits(more, {});
  int moved = 0;
  auto after = splits_of(more);
  for (const auto& [path, split] : splits_of(set)) moved += after[path] != split;
  EXPECT_LE(moved, 4);
}

TEST(Split, SmallClassesAreInTrainAndTest) {
  for (uint64_t seed = 0; seed < 20; ++seed) {
    Dataset set;
    add(set, "OK", 100);
    add(set, "rare", 2);
    add(set, "single", 9, 9);
    DataOptions options;
    options.seed = seed;
    assign_splits(set, options);
    EXPECT_EQ(count(set, "rare", Split::kTrain), 1);
    EXPECT_EQ(count(set, "rare", Split::kTest), 1);
    EXPECT_EQ(count(set, "single", Split::kTrain), 9);
  }
}

TEST(Split, GivenSplitsAreKeptAndLeaksNamed) {
  Dataset set;
  add(set, "NG", 40, 2);
  add(set, "OK", 40, 2);
  for (size_t i = 0; i < set.records.size(); ++i)
    set.records[i].split = i % 40 < 10 ? Split::kTest : Split::kTrain;
  set.records[1].split = Split::kTrain;  // its group mate is in test
  const auto before = splits_of(set);
  assign_splits(set, {});
  for (const auto& [path, split] : splits_of(set))
    EXPECT_EQ(split == Split::kTest, before.at(path) == Split::kTest) << path;
  EXPECT_GT(count(set, "NG", Split::kVal), 0);
  ASSERT_EQ(set.problems.size(), 1u);
  EXPECT_EQ(set.problems[0].kind, "group-leak");
  EXPECT_THAT(set.problems[0].message, HasSubstr("'NG-0' is in train ('NG/0001.png') and test"));
}

TEST(Split, AClassWithoutTrainingImagesIsRefused) {
  Dataset set;
  add(set, "NG", 4);
  add(set, "OK", 4);
  for (auto& record : set.records)
    record.split = record.class_name == "NG" ? Split::kTest : Split::kTrain;
  assign_splits(set, {});
  EXPECT_THAT(error_of([&] { refuse_untrained_classes(set); }),
              HasSubstr("class 'NG' has 4 images and none of them in train"));
}

TEST(Split, DefectsOfTheTestSplitAloneAreNoTroubleBesideOkImages) {
  Dataset set;
  add(set, "NG", 4);
  add(set, "OK", 4);
  for (auto& record : set.records)
    record.split = record.class_name == "NG" ? Split::kTest : Split::kTrain;
  set.class_is_ok = {false, true};
  EXPECT_TRUE(can_learn_from_ok(set));
  set.class_is_ok = {true, false};
  EXPECT_FALSE(can_learn_from_ok(set)) << "the OK images are not for training";
}

TEST(Split, PatternGroups) {
  Dataset set;
  add(set, "NG", 40);
  add(set, "OK", 40);
  DataOptions options;
  options.group = "/([0-9]{3})";  // ten photos a part, of both classes
  assign_splits(set, options);
  std::map<std::string, std::set<Split>> seen;
  for (const auto& record : set.records) seen[record.group].insert(record.split);
  EXPECT_EQ(seen.size(), 4u);
  for (const auto& [group, splits] : seen) EXPECT_EQ(splits.size(), 1u) << group;

  for (const auto& [pattern, message] : std::map<std::string, std::string>{
           {"([", "not a regular expression"}, {"abc", "no group"}, {"(xyz)", "matches no path"}}) {
    options.group = pattern;
    EXPECT_THAT(error_of([&] { assign_splits(set, options); }), HasSubstr(message));
  }
}

class SplitFiles : public TestFolder {};

TEST_F(SplitFiles, CopiesStayTogetherAndTheSplitReadsBack) {
  for (int i = 0; i < 12; ++i) {
    png(fmt::format("OK/{}.png", i));
    png(fmt::format("NG/a, {}.png", i));
    std::filesystem::copy(root_ / fmt::format("NG/a, {}.png", i),
                          root_ / fmt::format("NG/b{}.png", i));
  }
  DataOptions options;
  options.root = root_.string();
  const auto [set, truth] = open_dataset(options);
  auto splits = splits_of(set);
  for (int i = 0; i < 12; ++i)
    EXPECT_EQ(splits[fmt::format("NG/a, {}.png", i)], splits[fmt::format("NG/b{}.png", i)]);

  text("notes.txt", "an unrelated file");
  EXPECT_EQ(splits_of(open_dataset(options).dataset), splits);
  write_split_csv(set, truth, root_ / "split.csv");
  const Dataset again = open_dataset(options).dataset;
  EXPECT_EQ(again.format, "csv");
  EXPECT_EQ(splits_of(again), splits);
  EXPECT_EQ(paths_of(again), paths_of(set));
}

// Views in two class folders: part 3 shows its defect from one side alone.
TEST(Split, ViewsOfAPartStayTogether) {
  Dataset set;
  add(set, "NG", 40);
  add(set, "OK", 80);
  for (size_t i = 0; i < 120; ++i)
    set.records[i].path = fmt::format("{}/part{}_{}.png", set.records[i].class_name, i % 60, i);
  DataOptions options;
  options.part = "stem";
  Dataset by_pattern = set;
  assign_splits(set, options);
  EXPECT_TRUE(knows_parts(set));
  std::map<std::string, std::set<Split>> seen;
  for (const auto& record : set.records) seen[record.part].insert(record.split);
  EXPECT_EQ(seen.size(), 60u);
  for (const auto& [part, splits] : seen) EXPECT_EQ(splits.size(), 1u) << part;
  EXPECT_EQ(set.records[3].group, "part3");
  options.part = "(part\\d+)_";
  assign_splits(by_pattern, options);
  EXPECT_EQ(splits_of(by_pattern), splits_of(set));
}

TEST(Split, RefusesPartsThatCannotBe) {
  Dataset set;
  add(set, "OK", 4, 1);
  for (auto& record : set.records) record.part = "one";
  try {
    assign_splits(set, {});
    FAIL();
  } catch (const Error& error) {
    EXPECT_EQ(error.message(),
              "part 'one' is in the groups 'OK-0' ('OK/0000.png') and 'OK-1' ('OK/0001.png'), "
              "expected one");
  }
  DataOptions options;
  options.part = "part";
  EXPECT_THROW(assign_splits(set, options), Error);
}

}  // namespace
}  // namespace paucal::data
