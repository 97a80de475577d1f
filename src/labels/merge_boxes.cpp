#include "labels/merge_boxes.h"

#include <map>

#include "base/error.h"

namespace paucal::labels {
namespace {

// Ids are numbers in the standard, texts in some exports.
std::string id_text(const Json& json, const char* key) {
  return json.contains(key) ? json.at(key).dump() : "";
}

// Takes images of one COCO file over into another, with categories told by name.
class Merger {
 public:
  // `wanted(annotation)`; `keep_empty`: images without any such annotation too.
  template <class Wanted>
  void add(const Json& coco, bool keep_empty, Wanted wanted) {
    std::map<std::string, std::string> names;
    for (const Json& category : list(coco, "categories"))
      names[id_text(category, "id")] = category.value("name", "");
    std::map<std::string, std::vector<const Json*>> of_image;
    for (const Json& annotation : list(coco, "annotations"))
      if (wanted(annotation)) of_image[id_text(annotation, "image_id")].push_back(&annotation);
    for (const Json& image : list(coco, "images")) {
      const auto& annotations = of_image[id_text(image, "id")];
      if (annotations.empty() && !keep_empty) continue;
      const std::string file = image.value("file_name", "");
      if (!images_.emplace(file, 0).second) continue;  // whoever came first has the word
      Json own = image;
      own["id"] = merged_["images"].size() + 1;
      for (const Json* annotation : annotations) {
        Json copy = *annotation;
        copy["id"] = merged_["annotations"].size() + 1;
        copy["image_id"] = own["id"];
        if (copy.value("accepted", false)) copy["score"] = 1;  // believed as if drawn
        copy["category_id"] = category(names[id_text(*annotation, "category_id")]);
        merged_["annotations"].push_back(std::move(copy));
      }
      merged_["images"].push_back(std::move(own));
    }
  }

  Json take() { return std::move(merged_); }

 private:
  static const Json& list(const Json& coco, const char* key) {
    static const Json kNone = Json::array();
    if (!coco.is_object() || !coco.contains(key)) return kNone;
    if (!coco.at(key).is_array())
      fail("boxes", "'{}' is {}, expected the list of a COCO file", key, coco.at(key).type_name());
    return coco.at(key);
  }

  size_t category(const std::string& name) {
    const auto [found, added] = categories_.emplace(name, categories_.size() + 1);
    if (added) merged_["categories"].push_back({{"id", found->second}, {"name", name}});
    return found->second;
  }

  Json merged_ = {
      {"images", Json::array()}, {"annotations", Json::array()}, {"categories", Json::array()}};
  std::map<std::string, size_t> images_, categories_;
};

}  // namespace

Json merge_boxes(const Json& pseudo, const Json& reviewed, double min_evidence) {
  Merger merger;
  merger.add(reviewed, /*keep_empty=*/true, [](const Json&) { return true; });
  merger.add(pseudo, /*keep_empty=*/false,
             [&](const Json& annotation) { return annotation.value("score", 1.) >= min_evidence; });
  return merger.take();
}

}  // namespace paucal::labels
