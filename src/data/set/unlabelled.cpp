#include "data/set/unlabelled.h"

#include <algorithm>
#include <limits>
#include <unordered_set>

#include "base/error.h"
#include "base/files.h"
#include "base/host/log.h"
#include "base/random.h"
#include "data/files/csv.h"
#include "data/files/mask_beside.h"
#include "data/set/probe_records.h"
#include "labels/class_key.h"

namespace paucal::data {
namespace {

constexpr std::string_view kUnlabelledPlace = "labels";
constexpr uint64_t kLabelStream = 0x6c61'6265;  // "labe"

// What the first folder is called, where that is a class.
void guess_label(Record& record, const Dataset& dataset) {
  const size_t slash = record.path.find('/');
  if (slash == record.path.npos) return;
  record.label = labels::find_class(dataset.classes, record.path.substr(0, slash));
  if (record.label >= 0) record.class_name = dataset.classes[static_cast<size_t>(record.label)];
}

}  // namespace

std::vector<std::string> images_left(const FileIndex& files, const std::filesystem::path& truth,
                                     const LabelledSet& set) {
  std::unordered_set<std::string> taken;
  for (const Record& record : set.dataset.records) {
    taken.insert(record.path);
    taken.insert(set.truth.of(record).mask_path);
  }
  for (const Problem& problem : set.dataset.problems) taken.insert(problem.path);
  const HasFile has = [&](const std::string& path) { return files.has(path); };
  std::vector<std::string> left;
  for (const std::string& path : files.files())
    if (has_image_extension(path) && !taken.contains(path) &&
        !is_truth_path(path, files.root(), truth) && masked_image(path, has).empty())
      left.push_back(path);
  return left;
}

void find_unlabelled(const DataOptions& options, const std::vector<std::string>& left,
                     Dataset& dataset) {
  if (options.labels.empty()) return;
  std::vector<Record> found;
  for (const std::string& path : left) {
    Record& record = found.emplace_back();
    record.path = path;
    record.split = Split::kTrain;
    guess_label(record, dataset);
  }
  std::ranges::move(probe_records(options, std::move(found), dataset),
                    std::back_inserter(dataset.unlabelled));
}

void attach_unlabelled(const DataOptions& options, const std::filesystem::path& list,
                       Dataset& dataset, UnlabelledReport* report) {
  if (options.unlabelled.empty()) return;
  UnlabelledReport found;
  auto index = open_unlabelled(options.unlabelled, list, &found);
  if (index.size() > std::numeric_limits<int>::max() - dataset.count())
    fail("data", "data.unlabelled '{}': {} images, expected at most 2^31 - 1 in all",
         options.unlabelled, index.size());
  for (const Problem& problem : found.problems)
    log::warn("data.unlabelled: left out: {} {}: {}", problem.path, problem.kind, problem.message);
  if (found.images > 0)
    log::info(
        "data.unlabelled: {} images listed; left out: {} with problems, {} files of other "
        "kinds, {} lines of val and test",
        found.images, found.problem_count, found.other_files, found.held_out);
  dataset.index = std::make_shared<const UnlabelledIndex>(std::move(index));
  if (report) *report = std::move(found);
}

void keep_labels(Dataset& dataset, int64_t count, uint64_t seed) {
  // The records of each class in an order drawn by seed and path alone.
  std::vector<std::vector<int>> of_class(dataset.classes.size());
  for (const int i : dataset.indices(Split::kTrain))
    of_class[static_cast<size_t>(dataset.at(i).label)].push_back(i);
  int64_t images = 0;
  for (auto& records : of_class) {
    images += static_cast<int64_t>(records.size());
    std::ranges::sort(records, {}, [&](int i) {
      const std::string& path = dataset.at(i).path;
      const uint64_t hash = std::stoull(Hasher().add(path).hex().substr(0, 16), nullptr, 16);
      return std::pair(Random(seed, kLabelStream, hash).next(), path);
    });
  }
  if (count > images)
    fail(kUnlabelledPlace, "{} labels asked for, but {} training images are there", count, images);
  if (count < static_cast<int64_t>(of_class.size()))
    fail(kUnlabelledPlace, "{} labels asked for, expected at least one for each of the {} classes",
         count, of_class.size());

  std::vector<bool> keeps(dataset.records.size(), true);
  for (const auto& records : of_class)
    for (const int i : records) keeps[static_cast<size_t>(i)] = false;
  int64_t kept = 0;
  for (size_t round = 0; kept < count; ++round)
    for (size_t c = 0; c < of_class.size() && kept < count; ++c) {
      if (round >= of_class[c].size()) continue;
      keeps[static_cast<size_t>(of_class[c][round])] = true;
      ++kept;
    }
  std::vector<Record> labelled;
  for (size_t i = 0; i < keeps.size(); ++i)
    (keeps[i] ? labelled : dataset.unlabelled).push_back(std::move(dataset.records[i]));
  dataset.records = std::move(labelled);
}

void write_labels_csv(const Dataset& dataset, const std::filesystem::path& path) {
  std::string text = "path,class,split,group\n";
  for (const Record& record : dataset.records)
    text += fmt::format("{},{},{},{}\n", csv_field(record.path), csv_field(record.class_name),
                        split_name(record.split), csv_field(record.group));
  write_text_atomic(path, text);
}

}  // namespace paucal::data
