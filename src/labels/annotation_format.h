#pragma once
// The table of annotation formats: which there are, how to tell them, how to read and write them.

#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/error.h"
#include "labels/annotation.h"

namespace paucal::labels {

struct AnnotationFormat {
  std::string_view name;    // of data.format and of boxes export --format
  std::string_view ending;  // of its files, lower case: ".json"
  bool whole_set;           // a file speaks of many images; else each image has one of its own
  uint64_t max_bytes;       // larger files are refused

  // Whether a text with this ending is likely of this format. Broken files may well be.
  bool (*recognise)(std::string_view text);

  // The images of a file; where each image has its own, exactly one. What cannot be used of it
  // becomes a problem of the path `origin`, and leaves its image incomplete. Throws Error where the
  // file as a whole cannot be used.
  std::vector<Annotated> (*read)(std::string_view text, const std::filesystem::path& origin,
                                 std::vector<Problem>& problems);

  // The text that read() reads back; where each image has its own file, of one image, to which
  // `image_path` leads from there.
  std::string (*write)(std::span<const Annotated> images, const std::string& image_path);

  // Names what write() leaves out of an image; null where it holds everything.
  void (*name_losses)(const Annotated& image, std::vector<Problem>& problems);
};

// Those of formats.def, in its order.
std::span<const AnnotationFormat> annotation_formats();
std::vector<std::string> annotation_format_names();

// Null where there is none of this name.
const AnnotationFormat* find_annotation_format(std::string_view name);

// What a file holds, by its ending and its text; null where no format recognises it.
const AnnotationFormat* recognise_format(const std::filesystem::path& path, std::string_view text);

// The first format with the ending of the file, to say what is wrong with one that none recognises;
// null where there is none.
const AnnotationFormat* expected_format(const std::filesystem::path& path);

// AnnotationFormat::read of a parser of one image.
template <auto parse>
std::vector<Annotated> read_one(std::string_view text, const std::filesystem::path& origin,
                                std::vector<Problem>& problems) {
  std::vector<std::string> faults;
  Result<Annotated> image = parse(text, origin, faults);
  for (std::string& fault : faults)
    problems.push_back({origin.string(), "bad-annotation", std::move(fault)});
  return {value_or_throw(std::move(image))};
}

}  // namespace paucal::labels
