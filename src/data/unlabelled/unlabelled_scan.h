#pragma once
// Lists the images of a folder, a manifest or an archive in an index file, however many.

#include <filesystem>
#include <vector>

#include "data/files/problem.h"
#include "data/unlabelled/unlabelled_index.h"

namespace paucal::data {

struct UnlabelledReport {
  int64_t images = 0;
  int64_t other_files = 0;        // no images by their names
  int64_t held_out = 0;           // lines of a manifest whose split is val or test
  int64_t problem_count = 0;      // what was left out, and why
  std::vector<Problem> problems;  // the first 20
};

// `source` is one of
//   a folder   all .jpg, .jpeg, .png and .webp below it, and those in each .tar, in the order of
//              their paths. Hidden names, links to folders, masks (X.png beside X.jpg) and truth/
//              are left out. `index` must lie elsewhere.
//   x.tar      the images in it
//   x.csv, x.jsonl   paths relative to its folder, which they never leave:
//              path (or name)         an image, or a .tar of images
//              path, offset, size     the image is those bytes of the path
//              name, offset, size     … of x.bin, or else images.bin, beside the manifest
//              class (or label)       for audits alone; split: val and test are left out
//              Other columns are ignored.
// Writes `index` atomically. Memory holds the names of a few folders at a time, and the list of
// folders and packs. Throws Error where the source as a whole cannot be read or holds no image.
UnlabelledReport index_unlabelled(const std::filesystem::path& source,
                                  const std::filesystem::path& index);

// The index at `index` if it lists `source` as it is, else made anew: then `report` (may be null)
// says what was found. `source` may itself be an index: it is opened, and refused where what it
// lists has changed.
UnlabelledIndex open_unlabelled(const std::filesystem::path& source,
                                const std::filesystem::path& index,
                                UnlabelledReport* report = nullptr);

}  // namespace paucal::data
