#include "spool/image_store.h"

#include "spool/test_spool.h"

namespace paucal::spool {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

KeptImage stored_image(const char* stratum, int number, size_t bytes = 300) {
  const std::string file = test::image_file(number, bytes);
  return {kept_name(stratum, fmt::format("{:032}", number), file), file, "{}\n"};
}

void put(ImageStore& store, const char* stratum, int number) {
  const auto failed = store.put(stored_image(stratum, number));
  EXPECT_FALSE(failed) << failed->message;
}

std::vector<std::string> names_in(const fs::path& folder) {
  std::vector<std::string> names;
  for (const fs::path& path : test::files_in(folder)) names.push_back(path.filename().string());
  return names;
}

TEST(KeptName, TellsStratumHashAndFormat) {
  EXPECT_EQ(kept_name("ng", "12", "P5\n"), "ng-12.pnm");
  EXPECT_EQ(kept_name("ng", "12", "\xFF\xD8\xFF\xE0"), "ng-12.jpg");
  EXPECT_EQ(kept_name("ok", "12", "\x89PNG\r\n\x1A\n"), "ok-12.png");
  EXPECT_EQ(kept_name("ok", "12", "what"), "ok-12.bin");
}

TEST(ImageStore, WritesAnImageAndItsJsonAndNothingElse) {
  const test::Folder folder;
  ImageStore store(folder.path / "incoming", 1'000'000);
  const KeptImage image = stored_image("ng", 1);
  EXPECT_FALSE(store.has(image.name));
  EXPECT_FALSE(store.put(image));
  EXPECT_TRUE(store.has(image.name));
  EXPECT_THAT(names_in(folder.path / "incoming"),
              ElementsAre(fs::path(image.name).stem().string() + ".json", image.name));
  EXPECT_EQ(read_text(folder.path / "incoming" / image.name), image.bytes);
}

TEST(ImageStore, ForgetsWhatAnEndedProgramLeft) {
  const test::Folder folder;
  ImageStore store(folder.path, 1'000'000);
  put(store, "ng", 1);
  const std::vector<std::string> whole = names_in(folder.path);
  for (const char* half : {".ng-1.jpg.tmp", "ok-5.json"})
    write_text_atomic(folder.path / half, "x");
  write_text_atomic(folder.path / "notes.json", "{}");  // somebody else's
  store.clean();
  std::vector<std::string> expected = whole;
  expected.push_back("notes.json");
  std::ranges::sort(expected);
  EXPECT_EQ(names_in(folder.path), expected);
}

TEST(ImageStore, MakesRoomFromTheOldestOkImagesAlone) {
  const test::Folder folder;
  ImageStore store(folder.path, 1600);  // five images and their JSON
  put(store, "ng", 0);
  for (const int number : {7, 3, 5}) {
    put(store, "ok", number);
    fs::last_write_time(folder.path / stored_image("ok", number).name,
                        fs::file_time_type::clock::now() - std::chrono::hours(10 - number));
  }
  put(store, "doubtful", 0);
  std::vector<std::string> removed;
  EXPECT_TRUE(store.make_room(85, removed));
  EXPECT_THAT(removed, IsEmpty());
  EXPECT_TRUE(store.make_room(350, removed));  // and a twentieth of the whole more
  EXPECT_THAT(removed, ElementsAre(stored_image("ok", 3).name, stored_image("ok", 5).name));
  EXPECT_EQ(names_in(folder.path).size(), 6u);
  EXPECT_FALSE(store.make_room(1500, removed));  // the last one would not be enough
  EXPECT_EQ(removed.size(), 2u);
  EXPECT_FALSE(store.make_room(~std::uint64_t{0}, removed));
}

TEST(ImageStore, SeesRoomThatSomebodyElseMade) {
  const test::Folder folder;
  ImageStore store(folder.path, 1000);
  for (int i = 0; i < 3; ++i) put(store, "ng", i);
  std::vector<std::string> removed;
  EXPECT_FALSE(store.make_room(300, removed));
  for (const fs::path& path : test::files_in(folder.path)) fs::remove(path);
  EXPECT_TRUE(store.make_room(300, removed));
}

TEST(ImageStore, CountsWhatIsThereWhenItBegins) {
  const test::Folder folder;
  write_text_atomic(folder.path / "other", std::string(900, 'x'));
  ImageStore store(folder.path, 1000);
  store.clean();
  std::vector<std::string> removed;
  EXPECT_FALSE(store.make_room(200, removed));
}

TEST(ImageStore, LeavesNothingWhereWritingFails) {
  const test::Folder folder;
  ImageStore store(folder.path, 1'000'000);
  const KeptImage image = stored_image("ng", 1);
  fs::create_directories(folder.path / image.name);  // cannot be replaced by a file
  const auto failed = store.put(image);
  ASSERT_TRUE(failed);
  EXPECT_THAT(failed->message, testing::HasSubstr("Is a directory"));
  EXPECT_THAT(names_in(folder.path), ElementsAre(image.name));
}

}  // namespace
}  // namespace paucal::spool
