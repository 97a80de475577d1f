#include "data/set/dataset.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "data/files/mask_beside.h"
#include "data/files/problem.h"
#include "data/set/annotations.h"
#include "data/set/folder.h"
#include "data/set/format.h"
#include "data/set/manifest.h"
#include "data/set/mask_check.h"
#include "data/set/misfits.h"
#include "data/set/probe_records.h"
#include "data/set/split.h"
#include "data/set/supervision.h"
#include "data/set/truth.h"
#include "data/set/unlabelled.h"
#include "labels/annotation_files.h"
#include "labels/class_key.h"
#include "labels/spellings.h"

namespace paucal::data {
namespace {

constexpr std::string_view kDatasetPlace = "data";
constexpr size_t kShownBroken = 5;

void read_labels(const Source& source, const FileIndex& files, const DataOptions& options,
                 const std::filesystem::path& truth, LabelledSet& set) {
  std::vector<Problem>& problems = set.dataset.problems;
  if (source.format == "csv") {
    read_csv_manifest(source.files[0], files, options.classes, set);
  } else if (source.format == "jsonl") {
    read_jsonl_manifest(source.files[0], files, options.classes, set);
  } else if (const auto* format = labels::find_annotation_format(source.format)) {
    std::vector<labels::Annotated> annotated;
    if (!format->whole_set) annotated = read_annotation_files(files, *format, problems);
    for (const auto& file : source.files)
      std::ranges::move(labels::read_annotation_file(file, file.string(), problems),
                        std::back_inserter(annotated));
    label_by_annotations(annotated, files, options.classes, set);
  } else {
    read_folders(files, truth, set);
  }
}

// A manifest has named the lines already; folders and annotations have none.
void refuse_unknown_classes(const DataOptions& options, Dataset& dataset) {
  std::erase_if(dataset.records, [&](const Record& record) {
    if (names_class(options.classes, record.class_name)) return false;
    dataset.problems.push_back({record.path, "unknown-class",
                                fmt::format("class '{}', expected one of data.classes: {}",
                                            record.class_name, fmt::join(options.classes, ", "))});
    return true;
  });
}

void refuse_unlabelled_classes(const DataOptions& options, const Dataset& dataset) {
  for (const std::string& name : options.classes)
    if (!names_class(dataset.classes, name))
      fail(kDatasetPlace, "class '{}' of data.classes has no label in '{}', expected at least one",
           name, options.labels.empty() ? options.root : options.labels);
}

// Sorts by path and keeps the first of those with the same path.
void keep_first_of_each(Dataset& dataset) {
  std::ranges::stable_sort(dataset.records, {}, &Record::path);
  std::vector<Record> kept;
  for (auto& record : dataset.records) {
    if (kept.empty() || kept.back().path != record.path) {
      kept.push_back(std::move(record));
    } else {
      dataset.problems.push_back(
          {record.path, "listed-twice",
           fmt::format("as '{}', then as '{}'", kept.back().class_name, record.class_name)});
    }
  }
  dataset.records = std::move(kept);
}

// Classes and labels; "ok" and "OK " are one class, under the name that sorts first.
void name_classes(Dataset& dataset) {
  std::map<std::string, int64_t> spellings;
  for (const auto& record : dataset.records) ++spellings[record.class_name];
  const auto names = labels::names_of(spellings, dataset.problems);
  std::set<std::string> classes;
  for (const auto& [spelling, name] : names) classes.insert(name);
  dataset.classes.assign(classes.begin(), classes.end());
  for (auto& record : dataset.records) {
    record.class_name = names.at(record.class_name);
    record.label = static_cast<int>(std::ranges::lower_bound(dataset.classes, record.class_name) -
                                    dataset.classes.begin());
  }
}

// What people drew, by the names of the set's classes.
void name_objects(LabelledSet& set) {
  labels::ClassNames names(set.dataset.classes);
  for (const Record& record : set.dataset.records) {
    if (set.truth.of(record).objects.empty()) continue;
    for (labels::Instance& object : set.truth.edit(record).objects)
      object.class_name = names.of(object.class_name);
  }
}

void mark_ok_classes(const DataOptions& options, Dataset& dataset) {
  const auto& classes = dataset.classes;
  dataset.class_is_ok.assign(classes.size(), false);
  for (const auto& name : options.ok) {
    const int found = labels::find_class(classes, name);
    if (found < 0) fail_unknown("data.ok", "class", name, classes);
    dataset.class_is_ok[static_cast<size_t>(found)] = true;
  }
  for (size_t i = 0; options.ok.empty() && i < classes.size(); ++i)
    dataset.class_is_ok[i] = labels::means_ok(classes[i]);
}

// Files that lie beside the images of a folder set, and that nobody asked for.
void count_annotations_beside(const DataOptions& options, const FileIndex& files,
                              Dataset& dataset) {
  if (!options.truth.empty() || !options.boxes.empty() || !options.calibrate.empty()) return;
  const auto count = std::ranges::count_if(dataset.records, [&](const Record& record) {
    return has_annotation_beside(record.path, files);
  });
  if (count > 0)
    dataset.problems.push_back(
        {"", "annotations-beside", fmt::format("{} annotations beside their images", count)});
}

void count_masks_beside(const FileIndex& files, LabelledSet& set) {
  Dataset& dataset = set.dataset;
  const HasFile has = [&](const std::string& path) { return files.has(path); };
  const auto count = std::ranges::count_if(dataset.records, [&](const Record& record) {
    return !set.truth.of(record).mask_path.empty() && !mask_beside(record.path, has).empty();
  });
  if (count > 0)
    dataset.problems.push_back(
        {"", "masks-beside", fmt::format("{} masks beside their images (X.png of X.jpg)", count)});
}

// Where somebody drew the defects, an OK image has none: that is truth, too.
void trust_ok_images(const Dataset& dataset, Truth& truth) {
  const auto known = [&](const Record& record) { return truth.of(record).known; };
  if (std::ranges::none_of(dataset.records, known)) return;
  for (const auto& record : dataset.records)
    if (dataset.is_ok(record)) truth.edit(record).known = true;
}

// Problems that tell why images or a class are missing, a line a kind; "" where there are none.
std::string reasons(const Dataset& dataset) {
  std::vector<Problem> telling;
  std::ranges::copy_if(dataset.problems, std::back_inserter(telling), [](const Problem& problem) {
    return problem_kind(problem.kind).severity != Severity::kInfo || problem.kind == "other-file";
  });
  std::string text;
  for (const std::string& line : problem_lines(telling)) text += "\n  " + line;
  return text;
}

}  // namespace

LabelledSet read_dataset(const DataOptions& options) {
  const Source source = find_source(options);
  LabelledSet set;
  Dataset& dataset = set.dataset;
  dataset.root = source.root;
  dataset.format = source.format;
  const auto truth = truth_source(options, source.root);
  const FileIndex files(source.root, dataset.problems);
  read_labels(source, files, options, truth, set);
  refuse_unknown_classes(options, dataset);
  keep_first_of_each(dataset);
  std::vector<std::string> left;
  if (source.format == "csv" || source.format == "jsonl") left = images_left(files, truth, set);
  // One line for all, because a manifest may leave out thousands on purpose.
  if (options.labels.empty() && !left.empty())
    dataset.problems.push_back({"", "unlisted", fmt::format("{} images", left.size())});
  if (!truth.empty()) attach_truth(truth, files, set);
  dataset.records = probe_records(options, std::move(dataset.records), dataset);
  name_classes(dataset);
  name_objects(set);
  mark_ok_classes(options, dataset);
  check_masks(options, set);
  if (source.format == "folder") {
    count_masks_beside(files, set);
    count_annotations_beside(options, files, dataset);
  }
  trust_ok_images(dataset, set.truth);
  attach_supervision(options, dataset);
  name_misfits(set);
  find_unlabelled(options, left, dataset);
  return set;
}

LabelledSet open_dataset(const DataOptions& options) {
  LabelledSet set = read_dataset(options);
  Dataset& dataset = set.dataset;
  refuse_broken(options, dataset);
  refuse_unlabelled_classes(options, dataset);
  if (dataset.classes.size() < 2 && !dataset.has_ok_class())
    fail(kDatasetPlace,
         "'{}': one class ('{}', {} images), expected OK images (data.ok names their class), or at "
         "least two classes{}",
         options.root, fmt::join(dataset.classes, ""), dataset.records.size(), reasons(dataset));
  assign_splits(dataset, options);
  hold_out_calibration(options, dataset);
  if (!can_learn_from_ok(dataset)) refuse_untrained_classes(dataset);
  return set;
}

void refuse_broken(const DataOptions& options, const Dataset& dataset) {
  std::vector<std::string> broken;
  for (const auto& problem : dataset.problems)
    if (problem_kind(problem.kind).broken && !problem.path.empty())
      broken.push_back(fmt::format("'{}' {}: {}", problem.path, problem.kind, problem.message));
  const size_t total = dataset.records.size() + broken.size();
  if (total == 0)
    fail(kDatasetPlace,
         "'{}' ({}): no images found, expected .jpg, .png, .tif, .bmp, .pgm, .webp or .dcm files, "
         "one "
         "folder a class{}",
         options.root, dataset.format, reasons(dataset));
  if (static_cast<double>(broken.size()) <= options.max_broken * static_cast<double>(total)) return;
  const size_t shown = std::min(broken.size(), kShownBroken);
  broken.resize(shown);
  fail(kDatasetPlace,
       "'{}': {} of {} images cannot be used, more than data.max_broken = {}:\n  {}{}",
       options.root, total - dataset.records.size(), total, options.max_broken,
       fmt::join(broken, "\n  "),
       total - dataset.records.size() > shown ? "\n  … (paucal data check lists all)" : "");
}

}  // namespace paucal::data
