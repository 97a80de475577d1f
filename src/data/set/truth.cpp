#include "data/set/truth.h"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "base/error.h"
#include "base/files.h"
#include "data/set/folder.h"
#include "edge/post/boxes.h"
#include "edge/pre/decode.h"
#include "labels/coco.h"
#include "labels/labelme.h"
#include "labels/voc.h"

namespace paucal::data {
namespace fs = std::filesystem;
namespace {

constexpr const char* kNegative = "OK";

// The image-level label of a set of objects; `several` tells whether others had to give way.
std::string label_of(const std::vector<labels::Instance>& instances, bool& several) {
  std::map<std::string, std::pair<int, double>> votes;  // count, area
  for (const auto& instance : instances) {
    auto& [count, area] = votes[instance.class_name];
    ++count;
    area += instance.box.area();
  }
  several = votes.size() > 1;
  if (votes.empty()) return kNegative;
  return std::ranges::max_element(votes, {}, [](const auto& vote) { return vote.second; })->first;
}

// Truth is measured by its area, so that a point is its pixel.
std::vector<labels::Instance> with_area(std::vector<labels::Instance> instances) {
  for (labels::Instance& instance : instances) {
    edge::Box& box = instance.box;
    if (box.width() == 0 && box.height() == 0) box = {box.x0, box.y0, box.x0 + 1, box.y0 + 1};
  }
  return instances;
}

// Finds records by the names that truth files use.
class RecordFinder {
 public:
  explicit RecordFinder(const std::vector<Record>& records) {
    std::vector<std::string> paths;
    for (const auto& record : records) paths.push_back(record.path);
    matcher_ = PathMatcher(paths);
  }
  int find(std::string_view name) const { return matcher_.find(name); }

 private:
  PathMatcher matcher_;
};

class Attacher {
 public:
  Attacher(const FileIndex& files, Dataset& dataset)
      : files_(files), dataset_(dataset), finder_(dataset.records) {}

  // `first` and `second`: the names to try.
  void add(std::string_view first, std::string_view second, const labels::Annotated& annotated) {
    Record* record = find(first, second, annotated.source);
    if (!record || annotated.incomplete) return;  // half a truth measures nothing
    record->has_truth = true;
    std::ranges::move(with_area(annotated.instances), std::back_inserter(record->instances));
  }

  void add_mask(const std::string& name, const fs::path& file) {
    std::string stem = without_extension(name);
    for (const std::string_view ending : {"_mask", "_label", "_gt"})
      if (stem.ends_with(ending) && finder_.find(name) < 0)
        stem.resize(stem.size() - ending.size());
    Record* record = find(name, stem, file.string());
    if (!record) return;
    record->has_truth = true;
    record->mask_path = fs::absolute(file)
                            .lexically_normal()
                            .lexically_relative(fs::absolute(dataset_.root).lexically_normal())
                            .generic_string();
  }

 private:
  Record* find(std::string_view first, std::string_view second, const std::string& source) {
    int i = finder_.find(first);
    if (i < 0) i = finder_.find(second);
    if (i >= 0) return &dataset_.records[static_cast<size_t>(i)];
    // An image that is there but unused (not in the manifest) is no orphan.
    if (files_.find(first).empty() && files_.find(second).empty())
      dataset_.problems.push_back(
          {std::string(second), "truth-orphan", fmt::format("{}: no such image", source)});
    return nullptr;
  }

  const FileIndex& files_;
  Dataset& dataset_;
  RecordFinder finder_;
};

// `name`: of the file in problems.
Result<labels::Annotated> read_annotation(const fs::path& path, const std::string& name,
                                          std::vector<Problem>& problems) {
  std::vector<std::string> faults;
  Result<labels::Annotated> read = lower(path.string()).ends_with(".xml")
                                       ? labels::read_voc(path, faults)
                                       : labels::read_labelme(path, faults);
  if (!read.ok()) faults.push_back(read.failure().message);
  for (std::string& fault : faults) problems.push_back({name, "bad-annotation", std::move(fault)});
  return read;
}

Result<labels::Annotated> read_mask(const fs::path& path) {
  const auto mask = edge::read_image(path, {1});
  if (!mask.ok()) return mask.failure();
  edge::Map map(mask->width, mask->height);
  std::ranges::copy(mask->pixels, map.values.begin());
  labels::Annotated result{path.stem().string(), path.string()};
  result.width = mask->width;
  result.height = mask->height;
  for (const auto& component : edge::find_components(map, 128, 128))
    result.instances.push_back({component.box, ""});
  return result;
}

}  // namespace

void label_by_annotations(const std::vector<labels::Annotated>& annotated, const FileIndex& files,
                          Dataset& dataset) {
  std::unordered_set<std::string> listed;
  for (const auto& one : annotated) {
    Record record;
    record.path = files.find(one.image);
    if (record.path.empty()) {
      dataset.problems.push_back({one.image, "missing", fmt::format("named by {}", one.source)});
      continue;
    }
    if (one.incomplete && one.instances.empty()) {  // named, and no negative image
      listed.insert(record.path);
      dataset.problems.push_back(
          {record.path, "unlabelled",
           fmt::format("{} names it, but its annotation cannot be used", one.source)});
      continue;
    }
    bool several = false;
    record.class_name = label_of(one.instances, several);
    record.split = one.split;
    if (!one.incomplete) {
      record.has_truth = true;
      record.instances = with_area(one.instances);
    }
    if (several)
      dataset.problems.push_back(
          {record.path, "several-classes", fmt::format("labelled '{}'", record.class_name)});
    listed.insert(record.path);
    dataset.records.push_back(std::move(record));
  }
  for (const auto& path : files.files())
    if (has_image_extension(path) && !listed.contains(path) &&
        !is_truth_path(path, files.root(), {}))
      dataset.problems.push_back({path, "unlabelled", "no annotation names it"});
}

std::vector<labels::Annotated> read_annotation_files(const FileIndex& files,
                                                     std::string_view ending,
                                                     std::vector<Problem>& problems) {
  std::vector<labels::Annotated> result;
  for (const auto& path : files.files()) {
    if (!lower(path).ends_with(ending) || is_truth_path(path, files.root(), {})) continue;
    Result<labels::Annotated> read = read_annotation(files.root() / path, path, problems);
    if (!read.ok()) continue;
    // labelme writes names relative to the JSON file: "../images/a.jpg".
    const std::string beside =
        (fs::path(path).parent_path() / read->image).lexically_normal().generic_string();
    if (files.has(beside)) {
      read->image = beside;
    } else if (files.find(read->image).empty()) {
      read->image = without_extension(path);  // files were renamed together, their text was not
    }
    result.push_back(std::move(*read));
  }
  return result;
}

std::vector<labels::Annotated> read_annotations(const fs::path& source,
                                                std::vector<Problem>& problems) {
  const fs::path coco = fs::is_directory(source) ? source / "annotations.json" : source;
  if (fs::is_regular_file(coco)) return labels::read_coco(coco, problems);
  std::vector<labels::Annotated> result;
  const FileIndex files(source, problems);
  for (const auto& path : files.files()) {
    const std::string name = lower(path);
    const bool mask = has_image_extension(path);
    if (!mask && !name.ends_with(".xml") && !name.ends_with(".json")) continue;
    Result<labels::Annotated> read =
        mask ? read_mask(source / path) : read_annotation(source / path, path, problems);
    if (read.ok()) {
      read->file = path;
      result.push_back(std::move(*read));
    } else if (mask) {
      problems.push_back({path, "bad-annotation", read.failure().message});
    }
  }
  return result;
}

fs::path truth_source(const DataOptions& options, const fs::path& root) {
  if (!options.truth.empty()) {
    if (!fs::exists(options.truth))
      fail("data", "data.truth '{}': no such file or folder", options.truth);
    return options.truth;
  }
  const fs::path folder = root / "truth";
  if (fs::exists(folder / "annotations.json")) return folder / "annotations.json";
  return fs::is_directory(folder) ? folder : fs::path();
}

void attach_truth(const fs::path& source, const FileIndex& files, Dataset& dataset) {
  Attacher attacher(files, dataset);
  const fs::path coco = fs::is_directory(source) ? source / "annotations.json" : source;
  if (fs::is_regular_file(coco)) {
    for (const auto& one : labels::read_coco(coco, dataset.problems))
      attacher.add(one.image, one.image, one);
    return;
  }
  const FileIndex truth(source, dataset.problems);
  for (const auto& path : truth.files()) {
    const std::string name = lower(path);
    if (has_image_extension(path)) {
      attacher.add_mask(path, source / path);
    } else if (name.ends_with(".xml") || name.ends_with(".json")) {
      const Result<labels::Annotated> read = read_annotation(source / path, path, dataset.problems);
      if (read.ok()) attacher.add(path, read->image, *read);
    }
  }
}

}  // namespace paucal::data
