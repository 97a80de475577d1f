#pragma once
// Lists the images of a folder, a manifest or an archive in an index file, however many.

#include <filesystem>
#include <vector>

#include "data/record.h"
#include "data/unlabelled_index.h"

namespace paucal::data {

struct UnlabelledReport {
  int64_t images = 0;
  int64_t other_files = 0;        // no images by their names
  int64_t problem_count = 0;      // what was left out, and why
  std::vector<Problem> problems;  // the first 20
};

// `source` is one of
//   a folder   all .jpg, .jpeg, .png and .webp below it, and those in each .tar: names in order,
//              the files of a folder before its folders. Hidden names and links to folders are
//              left out. `index` must lie elsewhere.
//   x.tar      the images in it
//   x.csv, x.jsonl   columns `path` or `name`, relative to its folder; with `offset` and `size`,
//              the image is those bytes of the path. Other columns are ignored.
// Writes `index` atomically. Memory holds the names of one folder at a time, and the list of
// folders and packs. Throws Error where the source as a whole cannot be read or holds no image.
UnlabelledReport index_unlabelled(const std::filesystem::path& source,
                                  const std::filesystem::path& index);

// The index at `index` if it lists `source` as it is, else made anew: then `report` (may be null)
// says what was found. `source` may itself be an index, which is opened as it is.
UnlabelledIndex open_unlabelled(const std::filesystem::path& source,
                                const std::filesystem::path& index,
                                UnlabelledReport* report = nullptr);

}  // namespace paucal::data
