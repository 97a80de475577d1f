#include "data/set/truth.h"

#include <algorithm>
#include <map>
#include <unordered_set>

#include "base/error.h"
#include "base/files.h"
#include "data/set/annotations.h"
#include "data/set/manifest.h"
#include "data/set/misfits.h"
#include "labels/class_key.h"

namespace paucal::data {
namespace fs = std::filesystem;
namespace {

constexpr const char* kNegative = "OK";

// The image-level label of a set of objects; `several` tells whether others had to give way.
std::string label_of(const std::vector<labels::Instance>& instances, bool& several) {
  struct Votes {
    int count = 0;
    double area = 0;
    std::string name;  // as it is spelled first
  };
  std::map<std::string, Votes> votes;
  for (const auto& instance : instances) {
    Votes& of_class = votes[labels::class_key(instance.class_name)];
    if (of_class.count++ == 0) of_class.name = instance.class_name;
    of_class.area += instance.box.area();
  }
  several = votes.size() > 1;
  if (votes.empty()) return kNegative;
  return std::ranges::max_element(
             votes, {},
             [](const auto& vote) { return std::pair(vote.second.count, vote.second.area); })
      ->second.name;
}

// Truth is measured by its area, so that a point is its pixel.
std::vector<labels::Instance> with_area(std::vector<labels::Instance> instances) {
  for (labels::Instance& instance : instances) {
    edge::Box& box = instance.box;
    if (is_point(instance)) box = {box.x0, box.y0, box.x0 + 1, box.y0 + 1};
  }
  return instances;
}

class Attacher {
 public:
  Attacher(const fs::path& source, const FileIndex& files, LabelledSet& set)
      : source_(source),
        files_(files),
        dataset_(set.dataset),
        truth_(set.truth),
        records_(matcher_of(set.dataset)) {}

  void add(const labels::Annotated& annotated) {
    Record* record = find(annotated);
    if (!record || annotated.incomplete) return;  // half a truth measures nothing
    ImageTruth& truth = truth_.edit(*record);
    truth.known = true;
    state_size(annotated, *record);
    std::ranges::move(with_area(annotated.instances), std::back_inserter(truth.objects));
  }

  void add_mask(const std::string& path) {
    const Record* record = find(named_by_mask(source_, path));
    if (!record) return;
    ImageTruth& truth = truth_.edit(*record);
    truth.known = true;
    truth.mask_path = fs::absolute(source_ / path)
                          .lexically_normal()
                          .lexically_relative(fs::absolute(dataset_.root).lexically_normal())
                          .generic_string();
  }

 private:
  Record* find(const labels::Annotated& annotated) {
    const auto match = find_image(records_, annotated);
    if (match.found()) return &dataset_.records[static_cast<size_t>(match.index)];
    if (match.ambiguous() || !(is_there(annotated.file) || is_there(annotated.image)))
      dataset_.problems.push_back(unmatched(annotated, records_, match));
    return nullptr;
  }

  // An image that is there but unused (not in the manifest) is no orphan.
  bool is_there(const std::string& name) const {
    const std::string path = files_.find(name);
    return !path.empty() && !is_truth_path(path, files_.root(), source_);
  }

  const fs::path& source_;
  const FileIndex& files_;
  Dataset& dataset_;
  Truth& truth_;
  labels::PathMatcher records_;
};

// `named`: by an annotation, be it of use or not.
void name_unlisted(const FileIndex& files, const std::unordered_set<std::string>& listed,
                   const std::unordered_set<std::string>& named, std::vector<Problem>& problems) {
  for (const auto& path : files.files())
    if (has_image_extension(path) && !listed.contains(path) &&
        !is_truth_path(path, files.root(), {}))
      problems.push_back(
          {path, "unlabelled",
           named.contains(path) ? "its annotation cannot be used" : "no annotation names it"});
}

}  // namespace

void label_by_annotations(const std::vector<labels::Annotated>& annotated, const FileIndex& files,
                          const std::vector<std::string>& classes, LabelledSet& set) {
  Dataset& dataset = set.dataset;
  std::unordered_set<std::string> listed, named, kept;
  for (const auto& one : annotated) {
    Record record;
    record.path = files.find(one.image);
    if (record.path.empty()) {
      dataset.problems.push_back(
          {one.image, "missing",
           fmt::format("named by {}: {}", one.source, files.why_not(one.image))});
      continue;
    }
    named.insert(record.path);
    if (one.incomplete && one.instances.empty()) continue;  // named, and no negative image
    bool several = false;
    record.class_name = label_of(one.instances, several);
    record.split = one.split;
    const bool is_kept = names_class(classes, record.class_name) && kept.insert(record.path).second;
    if (!one.incomplete) state_size(one, record);
    if (is_kept && !one.incomplete)
      set.truth.edit(record) = {
          .known = true, .objects = with_area(one.instances), .mask_path = {}};
    if (several)
      dataset.problems.push_back(
          {record.path, "several-classes", fmt::format("labelled '{}'", record.class_name)});
    listed.insert(record.path);
    dataset.records.push_back(std::move(record));
  }
  name_unlisted(files, listed, named, dataset.problems);
}

fs::path truth_source(const DataOptions& options, const fs::path& root) {
  if (!options.truth.empty()) {
    if (!fs::exists(options.truth))
      fail("data", "data.truth '{}': no such file or folder", options.truth);
    return options.truth;
  }
  return fs::is_directory(root / "truth") ? root / "truth" : fs::path();
}

void attach_truth(const fs::path& source, const FileIndex& files, LabelledSet& set) {
  Attacher attacher(source, files, set);
  const AnnotationSource truth =
      list_annotations(source, {set.dataset.root, source}, set.dataset.problems);
  for (const labels::Annotated& annotated : truth.annotated) attacher.add(annotated);
  for (const std::string& mask : truth.masks) attacher.add_mask(mask);
}

}  // namespace paucal::data
