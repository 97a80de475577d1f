#include "data/set/split.h"

#include <algorithm>
#include <map>
#include <regex>

#include "base/error.h"
#include "base/files.h"
#include "base/part_name.h"
#include "base/random.h"
#include "data/files/csv.h"

namespace paucal::data {
namespace {

constexpr std::string_view kSplitPlace = "split";
constexpr uint64_t kTestStream = 0x7465'7374;  // "test"
constexpr uint64_t kValStream = 0x7661'6c00;   // "val"

struct Group {
  std::string key;
  std::vector<Record*> records;
  std::map<int, int64_t> counts;  // images by label
};

// Fills an empty member of the records, that of option `key`, from the expression on the path.
void fill_by_pattern(Dataset& dataset, std::string_view key, const std::string& pattern,
                     std::string Record::*member) {
  std::regex regex;
  try {
    regex.assign(pattern);
  } catch (const std::regex_error& error) {
    fail(kSplitPlace, "{} '{}' is not a regular expression: {}", key, pattern, error.what());
  }
  if (regex.mark_count() == 0)
    fail(kSplitPlace, "{} '{}' has no group in parentheses, expected e.g. (part[0-9]+)_", key,
         pattern);
  size_t matched = 0;
  for (auto& record : dataset.records) {
    std::smatch match;
    if (!std::regex_search(record.path, match, regex)) continue;
    ++matched;
    if ((record.*member).empty()) record.*member = match[1].str();
  }
  if (matched == 0 && !dataset.records.empty())
    fail(kSplitPlace, "{} '{}' matches no path, e.g. not '{}'", key, pattern,
         dataset.records[0].path);
}

// The views of a part are a group, or within one.
void group_parts(Dataset& dataset) {
  std::map<std::string_view, Record*> first;
  for (auto& record : dataset.records) {
    if (record.part.empty()) continue;
    if (record.group.empty()) record.group = record.part;
    const Record& other = *first.try_emplace(record.part, &record).first->second;
    if (other.group != record.group)
      fail(kSplitPlace, "part '{}' is in the groups '{}' ('{}') and '{}' ('{}'), expected one",
           record.part, other.group, other.path, record.group, record.path);
  }
}

void assign_parts(Dataset& dataset, const std::string& rule) {
  if (rule == "stem") {
    for (auto& record : dataset.records)
      if (record.part.empty()) record.part = part_name(record.path);
  } else if (!rule.empty()) {
    fill_by_pattern(dataset, "data.part", rule, &Record::part);
  }
  group_parts(dataset);
}

// Copies of one file share a group. Only files of the same size are read.
void group_duplicates(Dataset& dataset) {
  std::map<uintmax_t, std::vector<Record*>> by_size;
  for (auto& record : dataset.records) {
    std::error_code error;
    const auto size = std::filesystem::file_size(dataset.file(record), error);
    if (!error && record.group.empty()) by_size[size].push_back(&record);
  }
  for (const auto& [size, records] : by_size) {
    if (records.size() < 2) continue;
    std::map<std::string, std::vector<Record*>> by_hash;
    for (Record* record : records) by_hash[hash_file(dataset.file(*record))].push_back(record);
    for (const auto& [hash, copies] : by_hash)
      if (copies.size() > 1)
        for (Record* record : copies) record->group = "copy of " + copies[0]->path;
  }
}

std::vector<Group> groups_of(Dataset& dataset) {
  std::map<std::string, Group> groups;
  for (auto& record : dataset.records) {
    const std::string key = record.group.empty() ? "file " + record.path : "group " + record.group;
    Group& group = groups[key];
    group.key = key;
    group.records.push_back(&record);
    ++group.counts[record.label];
  }
  std::vector<Group> result;
  for (auto& [key, group] : groups) result.push_back(std::move(group));
  return result;
}

// The rest of a group follows the split that the manifest gave to part of it.
void complete_given(std::vector<Group>& groups, Dataset& dataset) {
  for (auto& group : groups) {
    std::map<Split, const Record*> given;
    for (const Record* record : group.records)
      if (record->split != Split::kNone) given.emplace(record->split, record);
    if (given.empty()) continue;
    for (Record* record : group.records)
      if (record->split == Split::kNone) record->split = given.begin()->first;
    if (given.size() < 2) continue;
    std::vector<std::string> places;
    for (const auto& [split, record] : given)
      places.push_back(fmt::format("{} ('{}')", split_name(split), record->path));
    dataset.problems.push_back(
        {group.records[0]->path, "group-leak",
         fmt::format("group '{}' is in {}", group.records[0]->group, fmt::join(places, " and "))});
  }
}

// Chooses groups so that each class comes near `share`.
class Carver {
 public:
  Carver(std::vector<Group*> groups, double share, uint64_t seed, uint64_t stream, int64_t enough)
      : groups_(std::move(groups)), share_(share), enough_(enough), taken_(groups_.size(), false) {
    const auto order = [&](const Group* group) {
      const uint64_t hash = std::stoull(Hasher().add(group->key).hex().substr(0, 16), nullptr, 16);
      return std::pair(Random(seed, stream, hash).next(), group->key);
    };
    std::ranges::sort(groups_, {}, order);
    for (const Group* group : groups_)
      for (const auto& [label, count] : group->counts) {
        classes_[label].images += count;
        ++classes_[label].groups;
      }
  }

  std::vector<Group*> carve() {
    if (share_ <= 0) return {};
    for (size_t i = 0; i < groups_.size(); ++i)
      if (gain(*groups_[i]) > 0) take(i, 1);
    for (const auto& [label, tally] : classes_) {
      if (tally.taken_groups == tally.groups) give_back(label);
      if (tally.taken_groups == 0 && tally.groups >= enough_) take_one(label);
    }
    std::vector<Group*> result;
    for (size_t i = 0; i < groups_.size(); ++i)
      if (taken_[i]) result.push_back(groups_[i]);
    return result;
  }

 private:
  struct Tally {
    int64_t images = 0, groups = 0, taken_images = 0, taken_groups = 0;
  };

  // By how much the classes' squared distance from their share shrinks, relative to their size.
  double gain(const Group& group) const {
    double sum = 0;
    for (const auto& [label, count] : group.counts) {
      const Tally& tally = classes_.at(label);
      const double before =
          static_cast<double>(tally.taken_images) - share_ * static_cast<double>(tally.images);
      const double after = before + static_cast<double>(count);
      sum += (before * before - after * after) / static_cast<double>(tally.images);
    }
    return sum;
  }

  void take(size_t i, int64_t sign) {
    taken_[i] = sign > 0;
    for (const auto& [label, count] : groups_[i]->counts) {
      classes_[label].taken_images += sign * count;
      classes_[label].taken_groups += sign;
    }
  }

  void give_back(int label) {
    for (size_t i = groups_.size(); i-- > 0;)
      if (taken_[i] && groups_[i]->counts.contains(label)) return take(i, -1);
  }

  // The first group with this class that leaves all its classes another one.
  void take_one(int label) {
    for (size_t i = 0; i < groups_.size(); ++i) {
      const auto& counts = groups_[i]->counts;
      const bool spare = std::ranges::all_of(counts, [&](const auto& entry) {
        const Tally& tally = classes_.at(entry.first);
        return tally.groups - tally.taken_groups > 1;
      });
      if (!taken_[i] && counts.contains(label) && spare) return take(i, 1);
    }
  }

  std::vector<Group*> groups_;
  double share_;
  int64_t enough_;
  std::vector<bool> taken_;
  std::map<int, Tally> classes_;
};

void move_to(const std::vector<Group*>& groups, Split from, Split to) {
  for (Group* group : groups)
    for (Record* record : group->records)
      if (record->split == from) record->split = to;
}

std::vector<Group*> with_split(std::vector<Group>& groups, Split split) {
  std::vector<Group*> result;
  for (auto& group : groups)
    if (std::ranges::all_of(group.records, [&](auto* record) { return record->split == split; }))
      result.push_back(&group);
  return result;
}

}  // namespace

void assign_splits(Dataset& dataset, const DataOptions& options) {
  if (!options.group.empty()) fill_by_pattern(dataset, "data.group", options.group, &Record::group);
  assign_parts(dataset, options.part);
  const bool grouped =
      std::ranges::any_of(dataset.records, [](auto& r) { return !r.group.empty(); });
  if (!grouped) group_duplicates(dataset);
  const auto gives = [&](Split split) {
    return std::ranges::find(dataset.records, split, &Record::split) != dataset.records.end();
  };
  const bool has_test = gives(Split::kTest), has_val = gives(Split::kVal);

  std::vector<Group> groups = groups_of(dataset);
  complete_given(groups, dataset);
  const auto open = with_split(groups, Split::kNone);
  if (!has_test)
    move_to(Carver(open, options.test, options.seed, kTestStream, 2).carve(), Split::kNone,
            Split::kTest);
  move_to(open, Split::kNone, Split::kTrain);
  if (!has_val)
    move_to(
        Carver(with_split(groups, Split::kTrain), options.val, options.seed, kValStream, 3).carve(),
        Split::kTrain, Split::kVal);
}

bool knows_parts(const Dataset& dataset) {
  return std::ranges::any_of(dataset.records, [](const Record& r) { return !r.part.empty(); });
}

void refuse_untrained_classes(const Dataset& dataset) {
  std::vector<int64_t> all(dataset.classes.size(), 0), train(dataset.classes.size(), 0);
  for (const auto& record : dataset.records) {
    ++all[static_cast<size_t>(record.label)];
    if (record.split == Split::kTrain) ++train[static_cast<size_t>(record.label)];
  }
  for (size_t i = 0; i < all.size(); ++i)
    if (train[i] == 0)
      fail(kSplitPlace, "class '{}' has {} images and none of them in train, expected at least one",
           dataset.classes[i], all[i]);
}

bool can_learn_from_ok(const Dataset& dataset) {
  return std::ranges::any_of(dataset.records, [&](const Record& record) {
    return record.split == Split::kTrain && dataset.is_ok(record);
  });
}

std::vector<Problem> missing_splits(const Dataset& dataset) {
  std::vector<Problem> problems;
  for (const auto& [split, kind] :
       {std::pair(Split::kTest, "no-test"), std::pair(Split::kVal, "no-val")})
    if (const size_t images = dataset.records.size(); dataset.indices(split).empty())
      problems.push_back({"", kind, fmt::format("0 of {} labelled images", images)});
  return problems;
}

void refuse_untested(const Dataset& dataset) {
  if (!dataset.indices(Split::kTest).empty()) return;
  fail(kSplitPlace,
       "0 of {} labelled images are test images, expected at least one; add images, raise "
       "data.test, "
       "or name them in data.split",
       dataset.records.size());
}

void write_split_csv(const Dataset& dataset, const Truth& truth,
                     const std::filesystem::path& path) {
  const bool parts = knows_parts(dataset);
  std::string text = fmt::format("path,class,split,group,mask{}\n", parts ? ",part" : "");
  for (const auto& record : dataset.records)
    text += fmt::format("{},{},{},{},{}{}\n", csv_field(record.path), csv_field(record.class_name),
                        split_name(record.split), csv_field(record.group),
                        csv_field(truth.of(record).mask_path),
                        parts ? "," + csv_field(record.part) : "");
  write_text_atomic(path, text);
}

}  // namespace paucal::data
