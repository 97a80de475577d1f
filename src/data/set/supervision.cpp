#include "data/set/supervision.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "data/set/annotations.h"
#include "data/set/misfits.h"
#include "labels/spellings.h"

namespace paucal::data {
namespace {

Supervision kind_of(const std::vector<labels::Instance>& given) {
  if (std::ranges::any_of(given, &labels::Instance::guessed)) return Supervision::kTag;
  if (given.empty()) return Supervision::kNothing;
  return std::ranges::all_of(given, labels::is_point) ? Supervision::kPoints : Supervision::kBoxes;
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

// Reads a file or folder of annotations into the records; returns which ones it names.
std::vector<int> attach(const std::string& source, std::string_view option,
                        const DataOptions& options, Dataset& dataset) {
  if (!std::filesystem::exists(source))
    fail("data", "{} '{}': no such file or folder", option, source);
  const labels::PathMatcher matcher = matcher_of(dataset);
  std::map<int, std::string> seen;  // records, and where they are annotated first
  std::set<int> incomplete;
  labels::ClassNames names(dataset.classes);
  for (labels::Annotated& annotated : read_annotations(
           source, dataset.problems, {dataset.root, options.truth}, options.max_pixels)) {
    const auto match = find_image(matcher, annotated);
    if (!match.found()) {
      dataset.problems.push_back(unmatched(annotated, matcher, match));
      continue;
    }
    const int found = match.index;
    Record& record = dataset.records[static_cast<size_t>(found)];
    state_size(annotated, record);
    if (seen.emplace(found, annotated.source).second) record.given.clear();
    if (annotated.incomplete) incomplete.insert(found);
    for (labels::Instance& instance : annotated.instances) {
      instance.class_name =
          instance.class_name.empty() ? record.class_name : names.of(instance.class_name);
      record.given.push_back(std::move(instance));
    }
  }
  std::vector<int> named;
  for (const auto& [number, place] : seen) {
    Record& record = dataset.records[static_cast<size_t>(number)];
    record.supervision = incomplete.contains(number) ? Supervision::kTag : kind_of(record.given);
    name_contradictions(place, record, dataset);
    named.push_back(number);
  }
  return named;
}

}  // namespace

void attach_supervision(const DataOptions& options, Dataset& dataset) {
  if (!options.boxes.empty()) attach(options.boxes, "data.boxes", options, dataset);
}

void hold_out_calibration(const DataOptions& options, Dataset& dataset) {
  if (options.calibrate.empty()) return;
  const std::vector<int> named = attach(options.calibrate, "data.calibrate", options, dataset);
  std::set<std::string> groups;
  bool boxed = false;
  for (const int number : named) {
    Record& record = dataset.records[static_cast<size_t>(number)];
    if (record.split == Split::kTest)
      fail("data",
           "data.calibrate '{}': '{}' is a test image, expected others: figures on images that "
           "chose the thresholds would flatter",
           options.calibrate, record.path);
    record.split = Split::kVal;
    if (!record.group.empty()) groups.insert(record.group);
    name_misfits(record, record.given, dataset.problems);
    boxed |= record.supervision == Supervision::kBoxes;
  }
  if (!boxed)
    fail("data",
         "data.calibrate '{}': no image with boxes among the {} that it names, expected some",
         options.calibrate, named.size());
  for (Record& record : dataset.records)
    if (record.split == Split::kTrain && groups.contains(record.group)) record.split = Split::kVal;
}

}  // namespace paucal::data
