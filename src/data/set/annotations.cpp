#include "data/set/annotations.h"

#include <algorithm>

#include "base/error.h"
#include "base/files.h"
#include "data/set/mask_file.h"
#include "edge/post/boxes.h"
#include "labels/annotation_files.h"

namespace paucal::data {
namespace fs = std::filesystem;
namespace {

// The path from one folder to another, "" where it leads out.
std::string path_below(const fs::path& path, const fs::path& folder) {
  const auto below = fs::absolute(path).lexically_normal().lexically_relative(
      fs::absolute(folder / "").lexically_normal());
  return below.empty() || *below.begin() == ".." ? "" : below.generic_string();
}

bool lies_among(const fs::path& picture, const ImageFolder& images) {
  if (images.root.empty()) return false;
  const std::string below = path_below(picture, images.root);
  return !below.empty() && !is_truth_path(below, images.root, images.truth);
}

std::string without_mask_ending(std::string_view path) {
  std::string stem = without_extension(path);
  for (const std::string_view ending : {"_mask", "_label", "_gt"})
    if (stem.ends_with(ending)) stem.resize(stem.size() - ending.size());
  return stem;
}

// Those of one file of a folder; what is wrong with it becomes a problem.
std::vector<labels::Annotated> read_one_of(const fs::path& folder, const std::string& path,
                                           std::vector<Problem>& problems) {
  try {
    return labels::read_annotation_file(folder / path, path, problems);
  } catch (const Error& error) {
    problems.push_back({path, "bad-annotation", error.message()});
    return {};
  }
}

labels::Annotated boxes_of(const MaskFile& mask, const std::string& path, const fs::path& source) {
  edge::Map map(mask.defects.width, mask.defects.height);
  std::ranges::copy(mask.defects.pixels, map.values.begin());
  labels::Annotated result = named_by_mask(source, path);
  result.width = mask.defects.width;
  result.height = mask.defects.height;
  for (const auto& component : edge::find_components(map, 128, 128))
    result.instances.push_back({component.box, ""});
  return result;
}

}  // namespace

AnnotationSource list_annotations(const fs::path& source, const ImageFolder& images,
                                  std::vector<Problem>& problems) {
  AnnotationSource result;
  const size_t before = problems.size();
  const auto take = [&](std::vector<labels::Annotated> read) {
    std::ranges::move(read, std::back_inserter(result.annotated));
  };
  if (!fs::is_directory(source)) {
    take(labels::read_annotation_file(source, source.string(), problems));
    return result;
  }
  if (const auto files = labels::set_files(source); !files.empty()) {
    for (const fs::path& file : files)
      take(labels::read_annotation_file(file, file.string(), problems));
    return result;
  }
  std::vector<Problem> listing;  // said of the images already, where they lie in there
  const FileIndex files(source, listing);
  if (images.root.empty() || path_below(images.root, source).empty())
    std::ranges::move(listing, std::back_inserter(problems));
  for (const std::string& path : files.files()) {
    if (has_image_extension(path)) {
      if (!has_annotation_beside(path, files) && !lies_among(source / path, images))
        result.masks.push_back(path);
    } else if (labels::expected_format(path)) {
      std::vector<labels::Annotated> read = read_one_of(source, path, problems);
      for (labels::Annotated& one : read) one.file = path;
      take(std::move(read));
    }
  }
  if (result.annotated.empty() && result.masks.empty() && problems.size() == before)
    problems.push_back({"", "truth-none", fmt::format("'{}'", source.string())});
  return result;
}

std::vector<labels::Annotated> read_annotations(const fs::path& source,
                                                std::vector<Problem>& problems,
                                                const ImageFolder& images, int64_t max_pixels) {
  AnnotationSource found = list_annotations(source, images, problems);
  for (const std::string& path : found.masks) {
    const Result<MaskFile> mask = read_mask_file(source / path, max_pixels);
    if (!mask.ok())
      problems.push_back({path, "bad-annotation", mask.failure().message});
    else if (!mask->plausible)
      problems.push_back({path, "mask-photo", "looks like a photo, expected a mask"});
    else
      found.annotated.push_back(boxes_of(*mask, path, source));
  }
  return std::move(found.annotated);
}

std::vector<labels::Annotated> read_annotation_files(const FileIndex& files,
                                                     const labels::AnnotationFormat& format,
                                                     std::vector<Problem>& problems) {
  std::vector<labels::Annotated> result;
  for (const auto& path : files.files()) {
    if (!lower(path).ends_with(format.ending) || is_truth_path(path, files.root(), {})) continue;
    for (labels::Annotated& read : read_one_of(files.root(), path, problems)) {
      // labelme writes names relative to the JSON file: "../images/a.jpg".
      const std::string beside =
          (fs::path(path).parent_path() / read.image).lexically_normal().generic_string();
      if (files.has(beside)) {
        read.image = beside;
      } else if (files.find(read.image).empty()) {
        read.image = without_extension(path);  // files were renamed together, their text was not
      }
      result.push_back(std::move(read));
    }
  }
  return result;
}

labels::PathMatcher::Match find_image(const labels::PathMatcher& images,
                                      const labels::Annotated& annotated) {
  std::vector<std::string> names = {annotated.image};
  if (!annotated.file.empty()) {
    const fs::path beside = fs::path(annotated.file).parent_path() / annotated.image;
    names = {annotated.file, beside.generic_string(), annotated.image};
  }
  labels::PathMatcher::Match unsure;
  for (const std::string& name : names) {
    const labels::PathMatcher::Match match = images.match(name);
    if (match.found()) return match;
    if (unsure.index < 0) unsure = match;
  }
  return unsure;
}

labels::PathMatcher matcher_of(const Dataset& dataset) {
  std::vector<std::string> paths;
  for (const Record& record : dataset.records) paths.push_back(record.path);
  return labels::PathMatcher(std::move(paths));
}

Problem unmatched(const labels::Annotated& annotated, const labels::PathMatcher& images,
                  const labels::PathMatcher::Match& match) {
  return {annotated.image, match.ambiguous() ? "truth-ambiguous" : "truth-orphan",
          fmt::format("{}: {}", annotated.source, images.why_not(match))};
}

labels::Annotated named_by_mask(const fs::path& source, const std::string& path) {
  return {.image = fs::path(without_mask_ending(path)).filename().string(),
          .source = (source / path).string(),
          .file = path};
}

bool has_annotation_beside(const std::string& path, const FileIndex& files) {
  return std::ranges::any_of(labels::annotation_formats(), [&](const auto& format) {
    const std::string ending(format.ending);
    return files.has(without_extension(path) + ending) || files.has(path + ending);
  });
}

}  // namespace paucal::data
