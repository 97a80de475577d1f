#include "command/image_files.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "command/test_program.h"
#include "edge/pre/encode.h"

namespace paucal::command {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> names_in(const TestFolder& folder, const std::vector<NamedFile>& files) {
  std::vector<std::string> names;
  for (const NamedFile& file : files)
    names.push_back(std::filesystem::path(file.path).lexically_relative(folder.text()).string());
  return names;
}

TEST(ImageFiles, PassesOverNothingThatCouldBeAnImage) {
  const TestFolder folder;
  const Bytes png = *edge::encode_png(edge::Image(4, 4, 1));
  write_file_atomic(folder / "a.png", png);
  write_file_atomic(folder / "b/no_ending", png);
  write_text_atomic(folder / "c.bmp", std::string("BM\x36\0\0\0\0\0\0\0", 10));
  write_text_atomic(folder / "d.tif", std::string("II*\0\x08\0\0\0", 8));
  write_text_atomic(folder / "e.jfif", "");
  write_text_atomic(folder / "f.JPE", "");
  write_text_atomic(folder / "BMW.txt", "BMW, and no picture");
  write_text_atomic(folder / "list.csv", "a.png,OK\n");
  write_file_atomic(folder / ".hidden.png", png);
  std::filesystem::create_symlink("nowhere", folder / "g_broken");
  std::filesystem::create_directory_symlink(folder / "b", folder / "h_folder");
  ASSERT_EQ(::mkfifo((folder / "i_pipe").c_str(), 0600), 0);

  const auto files = image_files({folder.text()});
  EXPECT_THAT(names_in(folder, files), ElementsAre("a.png", "b/no_ending", "c.bmp", "d.tif",
                                                   "e.jfif", "f.JPE", "g_broken", "h_folder"));
  EXPECT_THAT(files.back().error, HasSubstr("h_folder': a link to a folder"));
}

TEST(ImageFiles, KeepsWhatWasNamedAsItWasNamed) {
  const TestFolder folder;
  write_text_atomic(folder / "notes.txt", "no picture");
  const std::string file = (folder / "notes.txt").string(), none = (folder / "none.png").string();
  const auto files = image_files({none, file, file});
  ASSERT_EQ(files.size(), 3u);
  EXPECT_EQ(files[0].path, none);
  EXPECT_EQ(files[1].path, file);
  EXPECT_EQ(files[2].path, file);
}

TEST(ImageFiles, SaysThatAFolderHasNone) {
  const TestFolder folder;
  write_text_atomic(folder / "notes.txt", "no picture");
  const auto files = image_files({folder.text()});
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].path, folder.text());
  EXPECT_EQ(files[0].error, "'" + folder.text() + "': a folder without image files");
}

TEST(OverlayPath, KeepsFilesOfOneNameApart) {
  EXPECT_EQ(overlay_path("out", "left/part.png", 3), "out/00003_part.jpg");
  EXPECT_EQ(overlay_path("out", "right/part.png", 12), "out/00012_part.jpg");
}

TEST(OverlayPath, IsCutBetweenCharacters) {
  std::string name;
  for (int i = 0; i < 80; ++i) name += "划";  // 3 bytes each
  const std::string cut = overlay_path("out", name + ".png", 0).filename().string();
  EXPECT_EQ(cut.size(), 6 + 189 + 4u);  // 190 are left, and 63 characters are 189
  EXPECT_EQ(cut, "00000_" + name.substr(0, 189) + ".jpg");
  const std::string latin(250, 'x');
  EXPECT_EQ(overlay_path("out", latin + ".png", 0).filename().string().size(), 200u);
  const std::string no_utf8(250, '\x80');
  EXPECT_EQ(overlay_path("out", no_utf8 + ".png", 0).filename().string().size(), 200u);
}

}  // namespace
}  // namespace paucal::command
