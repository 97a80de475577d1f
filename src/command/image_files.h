#pragma once
// Which files a person means by the paths on a command line.

#include <filesystem>
#include <string>
#include <vector>

namespace paucal::command {

struct NamedFile {
  std::string path;
  std::string error;  // why it is no image, where that is known already; begins with the path
  int page = 1;

  // "a.tif#2" for a further page.
  std::string name() const;
};

// Every path that is no folder, as it was given, whether there is such a file or not. A folder
// stands for those of its files, at any depth, that are images by their ending or their first
// bytes, and for every link in it, sorted; without any it stays, with an error. So nothing that
// could be an image is passed over without a word.
std::vector<NamedFile> image_files(const std::vector<std::string>& paths);

// The same with every page of TIFFs and every frame of DICOMs that have several. Reads those files.
std::vector<NamedFile> with_pages(std::vector<NamedFile> files);

// Where the picture of the `index`-th file goes: FOLDER/00007_STEM.jpg. The number keeps files of
// one name apart; the name is cut to 200 bytes, at the border of a UTF-8 character.
std::filesystem::path overlay_path(const std::filesystem::path& folder, const std::string& file,
                                   size_t index);

}  // namespace paucal::command
