#include "data/supervision.h"

#include <algorithm>

#include "base/error.h"
#include "data/truth.h"

namespace paucal::data {
namespace {

bool is_point(const Instance& instance) {
  return instance.box.width() == 0 && instance.box.height() == 0;
}

Supervision kind_of(const std::vector<Instance>& given) {
  if (given.empty()) return Supervision::kNothing;
  if (std::ranges::any_of(given, &Instance::guessed)) return Supervision::kTag;
  return std::ranges::all_of(given, is_point) ? Supervision::kPoints : Supervision::kBoxes;
}

}  // namespace

void attach_supervision(const DataOptions& options, Dataset& dataset) {
  if (options.boxes.empty()) return;
  if (!std::filesystem::exists(options.boxes))
    fail("data", "data.boxes '{}': no such file or folder", options.boxes);
  std::vector<std::string> paths;
  for (const Record& record : dataset.records) paths.push_back(record.path);
  const PathMatcher matcher(paths);
  for (Annotated& annotated : read_annotations(options.boxes, dataset.problems)) {
    int found = annotated.file.empty() ? -1 : matcher.find(annotated.file);
    if (found < 0) found = matcher.find(annotated.image);
    if (found < 0) {
      dataset.problems.push_back({annotated.image, "truth-orphan",
                                  fmt::format("{}: no such image", annotated.source)});
      continue;
    }
    Record& record = dataset.records[static_cast<size_t>(found)];
    record.given = std::move(annotated.instances);
    for (Instance& instance : record.given)
      if (instance.class_name.empty()) instance.class_name = record.class_name;
    record.supervision = kind_of(record.given);
    if (record.supervision == Supervision::kBoxes && dataset.is_ok(record))
      dataset.problems.push_back(
          {record.path, "mask-on-ok",
           fmt::format("{}: {} boxes on an image labelled '{}'; its label is believed",
                       annotated.source, record.given.size(), record.class_name)});
  }
}

}  // namespace paucal::data
