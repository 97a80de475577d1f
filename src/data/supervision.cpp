#include "data/supervision.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "data/truth.h"

namespace paucal::data {
namespace {

bool is_point(const Instance& instance) {
  return instance.box.width() == 0 && instance.box.height() == 0;
}

Supervision kind_of(const std::vector<Instance>& given) {
  if (std::ranges::any_of(given, &Instance::guessed)) return Supervision::kTag;
  if (given.empty()) return Supervision::kNothing;
  return std::ranges::all_of(given, is_point) ? Supervision::kPoints : Supervision::kBoxes;
}

// A label and what somebody saw may contradict each other: both are named.
void name_contradictions(const std::string& source, Record& record, Dataset& dataset) {
  const bool ok = dataset.is_ok(record);
  if (ok && !record.given.empty()) {
    dataset.problems.push_back(
        {record.path, "mask-on-ok",
         fmt::format("{}: {} boxes on an image labelled '{}'; its label is believed", source,
                     record.given.size(), record.class_name)});
    record.given.clear();
    record.supervision = Supervision::kNothing;
  } else if (!ok && record.supervision == Supervision::kNothing && dataset.has_ok_class()) {
    dataset.problems.push_back(
        {record.path, "nothing-on-ng",
         fmt::format("{}: nothing there, but labelled '{}'", source, record.class_name)});
  }
}

}  // namespace

void attach_supervision(const DataOptions& options, Dataset& dataset) {
  if (options.boxes.empty()) return;
  if (!std::filesystem::exists(options.boxes))
    fail("data", "data.boxes '{}': no such file or folder", options.boxes);
  std::vector<std::string> paths;
  for (const Record& record : dataset.records) paths.push_back(record.path);
  const PathMatcher matcher(paths);
  std::map<int, std::string> seen;  // records, and where they are annotated first
  std::set<int> incomplete;
  for (Annotated& annotated : read_annotations(options.boxes, dataset.problems)) {
    int found = annotated.file.empty() ? -1 : matcher.find(annotated.file);
    if (found < 0) found = matcher.find(annotated.image);
    if (found < 0) {
      dataset.problems.push_back(
          {annotated.image, "truth-orphan", fmt::format("{}: no such image", annotated.source)});
      continue;
    }
    Record& record = dataset.records[static_cast<size_t>(found)];
    seen.emplace(found, annotated.source);
    if (annotated.incomplete) incomplete.insert(found);
    for (Instance& instance : annotated.instances) {
      if (instance.class_name.empty()) instance.class_name = record.class_name;
      record.given.push_back(std::move(instance));
    }
  }
  for (const auto& [number, source] : seen) {
    Record& record = dataset.records[static_cast<size_t>(number)];
    record.supervision = incomplete.contains(number) ? Supervision::kTag : kind_of(record.given);
    name_contradictions(source, record, dataset);
  }
}

}  // namespace paucal::data
