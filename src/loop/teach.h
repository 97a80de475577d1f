#pragma once
// A data set of what a run learnt from and what people decided of the line since.

#include <filesystem>

#include "review/store.h"

namespace paucal::loop {

struct Taught {
  int64_t old_images = 0, line_images = 0, line_ng = 0;
  int64_t left_out = 0;  // images that measure
};

// FOLDER/CLASS/…: links to the images of the run (by RUN/split.csv, below its data.root) and to
// those of the line that are done, and split.csv, in which every old image stays in its split and
// those of the line teach. Images that measure are no part of it. The class of a line's image is
// that which labels.csv of the review gives it. Throws Error: `folder` is there, no split.csv.
Taught write_teaching_set(review::Store& store, const std::filesystem::path& run,
                          const std::filesystem::path& folder);

}  // namespace paucal::loop
