#include "spool/hour_log.h"

#include <sys/stat.h>

#include "spool/test_spool.h"

namespace paucal::spool {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;
using testing::ElementsAre;

const Time kNoon = Time(hours(24 * 20000 + 12)) + milliseconds(34'056);  // 2024-10-04

void write_file(const fs::path& path, std::string_view text) {
  fs::create_directories(path.parent_path());
  std::ofstream(path) << text;
}

TEST(SpoolTimes, AreUtcToTheMillisecond) {
  EXPECT_EQ(time_text(kNoon), "2024-10-04T12:00:34.056Z");
  EXPECT_EQ(hour_name(kNoon), "2024-10-04T12");
  EXPECT_EQ(time_text(Time(milliseconds(-1))), "1969-12-31T23:59:59.999Z");
  EXPECT_TRUE(is_hour_name("2024-10-04T12"));
  for (const char* other : {"", "2024-10-04T1", "2024-10-04T123", "2024-10-04 12", "a024-10-04T12"})
    EXPECT_FALSE(is_hour_name(other)) << other;
}

TEST(HourLog, WritesToTheFileOfTheHourAlsoOfAClockThatIsSetBack) {
  const test::Folder folder;
  HourLog log(folder.path / "a" / "line");
  EXPECT_FALSE(log.append(kNoon, "1\n"));
  EXPECT_FALSE(log.append(kNoon + hours(1), "2\n"));
  EXPECT_FALSE(log.append(kNoon, "3\n"));
  EXPECT_EQ(read_text(folder.path / "a/line/2024-10-04T12.jsonl"), "1\n3\n");
  EXPECT_EQ(read_text(folder.path / "a/line/2024-10-04T13.jsonl"), "2\n");
}

TEST(HourLog, CutsHalfALineBeforeItWritesBehindIt) {
  const test::Folder folder;
  const fs::path path = folder.path / "2024-10-04T12.jsonl";
  const std::vector<std::string> halves = {"{\"a", std::string(10'000, 'x'), std::string(3, '\0')};
  for (const std::string& half : halves) {
    write_file(path, "{}\n" + half);
    HourLog log(folder.path);
    EXPECT_FALSE(log.append(kNoon, "new\n"));
    EXPECT_EQ(read_text(path), "{}\nnew\n");
  }
}

TEST(HourLog, CutsHalfLinesOfAllHoursAndTouchesNothingElse) {
  const test::Folder folder;
  const fs::path first = folder.path / "2024-10-04T12.jsonl",
                 second = folder.path / "2023-10-04T12.jsonl",
                 whole = folder.path / "2022-10-04T12.jsonl", other = folder.path / "notes.jsonl";
  write_file(first, "{}\n{\"at\":");
  write_file(second, std::string(5000, '{'));
  write_file(whole, "{}\n{}\n");
  write_file(other, "half");
  cut_half_lines(folder.path);
  EXPECT_EQ(read_text(first), "{}\n");
  EXPECT_EQ(read_text(second), "");
  EXPECT_EQ(read_text(whole), "{}\n{}\n");
  EXPECT_EQ(read_text(other), "half");
  cut_half_lines(folder.path / "none");
}

TEST(HourLog, MakesAFileThatWasRemovedAnew) {
  const test::Folder folder;
  HourLog log(folder.path);
  EXPECT_FALSE(log.append(kNoon, "1\n"));
  fs::remove_all(folder.path);
  EXPECT_FALSE(log.append(kNoon, "2\n"));
  EXPECT_EQ(read_text(folder.path / "2024-10-04T12.jsonl"), "2\n");
}

TEST(HourLog, NamesTheFileThatCannotBeWritten) {
  const test::Folder folder;
  write_file(folder.path / "line", "a file");
  HourLog log(folder.path / "line");
  const auto failed = log.append(kNoon, "1\n");
  ASSERT_TRUE(failed);
  EXPECT_THAT(failed->message, testing::HasSubstr("line/2024-10-04T12.jsonl': Not a directory"));
  fs::remove(folder.path / "line");
  EXPECT_FALSE(log.append(kNoon, "1\n"));
}

TEST(HourLog, IsNoLinkAndNoPipe) {
  const test::Folder folder;
  write_file(folder.path / "target", "precious");
  fs::create_symlink("target", folder.path / "2024-10-04T12.jsonl");
  ASSERT_EQ(::mkfifo((folder.path / "2024-10-04T13.jsonl").c_str(), 0600), 0);
  HourLog log(folder.path);
  EXPECT_TRUE(log.append(kNoon, "1\n"));
  EXPECT_TRUE(log.append(kNoon + hours(1), "1\n"));
  cut_half_lines(folder.path);
  EXPECT_EQ(read_text(folder.path / "target"), "precious");
}

TEST(HourLog, LosesFewHoursToAWrongClock) {
  const test::Folder folder;
  for (const char* hour : {"2024-10-04T10", "2024-10-04T11", "2024-10-04T12", "2024-10-04T13"})
    write_file(folder.path / (std::string(hour) + ".jsonl"), "{}\n");
  write_file(folder.path / "1999.jsonl", "{}\n");
  const auto names = [&] {
    std::vector<std::string> stems;
    for (const fs::path& path : test::files_in(folder.path)) stems.push_back(path.stem().string());
    return stems;
  };
  remove_hours_before(folder.path, kNoon, 1);
  EXPECT_THAT(names(), ElementsAre("1999", "2024-10-04T11", "2024-10-04T12", "2024-10-04T13"));
  remove_hours_before(folder.path, kNoon, 9);
  EXPECT_THAT(names(), ElementsAre("1999", "2024-10-04T12", "2024-10-04T13"));
  remove_hours_before(folder.path, kNoon + hours(24 * 365), 1);
  EXPECT_THAT(names(), ElementsAre("1999", "2024-10-04T13"));
}

}  // namespace
}  // namespace paucal::spool
