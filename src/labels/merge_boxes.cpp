#include "labels/merge_boxes.h"

#include <map>
#include <set>

#include "base/error.h"
#include "labels/class_key.h"
#include "labels/json_fields.h"
#include "labels/path_matcher.h"

namespace paucal::labels {
namespace {

const Json& list_of_coco(const Json& coco, const char* key) {
  static const Json kNone = Json::array();
  const Json* found = member(coco, key);
  if (!found) return kNone;
  if (!found->is_array())
    fail("boxes", "'{}' is {}, expected the list of a COCO file", key, found->type_name());
  return *found;
}

std::vector<std::string> file_names(const Json& coco) {
  std::vector<std::string> names;
  for (const Json& image : list_of_coco(coco, "images"))
    names.push_back(text_member(image, "file_name"));
  return names;
}

// Takes images of COCO files over into one, with categories told by the class that their names
// mean.
class Merger {
 public:
  // `wanted(annotation)`; `keep_empty`: images without any such annotation too. `file_of(image)`:
  // its name, "" where it is left out.
  template <class Wanted, class FileOf>
  void add(const Json& coco, bool keep_empty, Wanted wanted, FileOf file_of) {
    std::map<std::string, std::string> names;
    for (const Json& category : list_of_coco(coco, "categories"))
      names[id_of(category, "id")] = text_member(category, "name");
    std::map<std::string, std::vector<const Json*>> of_image;
    for (const Json& annotation : list_of_coco(coco, "annotations"))
      if (annotation.is_object() && wanted(annotation))
        of_image[id_of(annotation, "image_id")].push_back(&annotation);
    std::map<std::string, Json> own;  // ids of the images that this file brings
    for (const Json& image : list_of_coco(coco, "images")) {
      const auto& annotations = of_image[id_of(image, "id")];
      if (annotations.empty() && !keep_empty) continue;
      const std::string file = file_of(image);
      if (file.empty() || (images_.contains(file) && !own.contains(file)))
        continue;  // whoever came first has the word
      if (!own.contains(file)) own[file] = add_image(image, file);
      for (const Json* annotation : annotations)
        add_annotation(*annotation, own[file], names[id_of(*annotation, "category_id")]);
    }
  }

  Json take() { return std::move(merged_); }

 private:
  Json add_image(Json image, const std::string& file) {
    images_.insert(file);
    image["id"] = merged_["images"].size() + 1;
    image["file_name"] = file;
    Json id = image["id"];
    merged_["images"].push_back(std::move(image));
    return id;
  }

  void add_annotation(Json annotation, const Json& image, const std::string& name) {
    annotation["id"] = merged_["annotations"].size() + 1;
    annotation["image_id"] = image;
    if (annotation.value("accepted", false)) annotation["score"] = 1;  // believed as if drawn
    annotation["category_id"] = category(name);
    merged_["annotations"].push_back(std::move(annotation));
  }

  size_t category(const std::string& name) {
    const auto [found, added] = categories_.emplace(class_key(name), categories_.size() + 1);
    if (added) merged_["categories"].push_back({{"id", found->second}, {"name", name}});
    return found->second;
  }

  Json merged_ = {
      {"images", Json::array()}, {"annotations", Json::array()}, {"categories", Json::array()}};
  std::set<std::string> images_;
  std::map<std::string, size_t> categories_;  // by class_key()
};

}  // namespace

Json merge_boxes(const Json& pseudo, const Json& reviewed, double min_evidence,
                 const std::vector<std::string>& images, std::vector<Problem>& problems) {
  const PathMatcher matcher(images.empty() ? file_names(pseudo) : images);
  const auto named = [](const Json& image) { return text_member(image, "file_name"); };
  const auto matched = [&](const Json& image) {
    const std::string file = named(image);
    const PathMatcher::Match match = matcher.match(file);
    if (match.found()) return matcher.path(match.index);
    if (images.empty() && !match.ambiguous()) return file;  // not all images are known
    problems.push_back({file, match.ambiguous() ? "truth-ambiguous" : "truth-orphan",
                        "reviewed: " + matcher.why_not(match)});
    return std::string();
  };
  Merger merger;
  merger.add(
      reviewed, /*keep_empty=*/true, [](const Json&) { return true; }, matched);
  merger.add(
      pseudo, /*keep_empty=*/false,
      [&](const Json& annotation) { return annotation.value("score", 1.) >= min_evidence; }, named);
  return merger.take();
}

}  // namespace paucal::labels
