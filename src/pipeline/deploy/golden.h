#pragma once
// Golden images of an exported model: what a server compares before it lets the model serve
// (serve/golden.h).

#include <filesystem>

namespace paucal::pipeline {

struct GoldenImages {
  std::filesystem::path folder;
  size_t images = 0;
  size_t left_out = 0;  // unreadable, or TIFF, which a device does not read
};

// Writes MODEL.golden/ beside MODEL.paucal, in place of what is there: at most `count` test images
// of the run, validation images where they do not suffice, alternately of each verdict or class,
// and expected.jsonl, what the file itself says of them. Throws Error.
GoldenImages write_golden(const std::filesystem::path& run, const std::filesystem::path& model,
                          size_t count);

}  // namespace paucal::pipeline
