#include "labels/coco.h"

#include <algorithm>
#include <unordered_map>

#include "base/json_text.h"
#include "labels/class_name.h"
#include "labels/json_fields.h"
#include "labels/stored_mask.h"

namespace paucal::labels {
namespace {

Split split_in_name(const std::filesystem::path& path) {
  const std::string name = lower(path.stem().string());
  for (const char* word : {"train", "val", "test"})
    if (name.find(word) != name.npos) return *parse_split(word);
  return Split::kNone;
}

// The outline that can be used; `note`: what is wrong with the rest.
Polygons outline_of(const Json& annotation, std::string& note) {
  const Json* segmentation = member(annotation, "segmentation");
  if (!segmentation) return {};
  if (segmentation->is_object()) {
    Result<Polygons> polygons = polygons_of_rle(*segmentation);
    if (polygons.ok()) return std::move(*polygons);
    note = "segmentation: " + polygons.failure().message;
    return {};
  }
  if (!segmentation->is_array()) {
    if (!segmentation->is_null()) note = "segmentation is neither polygons nor run lengths";
    return {};
  }
  Polygons polygons;
  int bad = 0;
  for (const Json& ring : *segmentation) {
    Ring polygon;
    if (ring.is_array() && ring.empty()) continue;  // some tools write [[]] for "no outline"
    if (ring.is_array() && ring.size() >= 6 && ring.size() % 2 == 0)
      for (size_t i = 0; i + 1 < ring.size(); i += 2) {
        const auto x = coordinate(ring[i]), y = coordinate(ring[i + 1]);
        if (x && y) polygon.push_back({*x, *y});
      }
    if (!polygon.empty() && polygon.size() * 2 == ring.size())
      polygons.push_back(std::move(polygon));
    else
      ++bad;
  }
  if (bad > 0)
    note = fmt::format(
        "{} polygons of its segmentation cannot be used, expected [x, y, …] of at "
        "least 3 corners",
        bad);
  return polygons;
}

Result<edge::Box> box_of(const Json& box) {
  const auto x = coordinate(box[0]), y = coordinate(box[1]);
  const auto w = coordinate(box[2], 2 * kMaxCoordinate), h = coordinate(box[3], 2 * kMaxCoordinate);
  if (!x || !y || !w || !h || *w <= 0 || *h <= 0)
    return failure("coco", "bbox is {}, expected [x, y, width, height] in pixels", dump_json(box));
  // In double, so that a side that was a float comes back as the same one.
  const auto end = [](const Json& from, const Json& length) {
    return static_cast<float>(from.get<double>() + length.get<double>());
  };
  const edge::Box corners{*x, *y, end(box[0], box[2]), end(box[1], box[3])};
  if (!is_near(corners))
    return failure("coco", "bbox is {}, expected pixels within ±{}", dump_json(box),
                   kMaxCoordinate);
  if (!(corners.area() > 0))
    return failure("coco", "bbox is {}, too thin to have an area", dump_json(box));
  return corners;
}

// The first keypoint (x, y, visibility) that somebody marked.
Result<edge::Box> point_of(const Json& keypoints) {
  for (size_t i = 0; i + 2 < keypoints.size(); i += 3) {
    const auto x = coordinate(keypoints[i]), y = coordinate(keypoints[i + 1]);
    const Json& visible = keypoints[i + 2];
    if (x && y && visible.is_number() && visible.get<double>() > 0)
      return edge::Box{*x, *y, *x, *y};
  }
  return failure("coco", "keypoints are {}, expected x, y and a visibility above 0",
                 dump_json(keypoints));
}

// The object of one annotation, or what is wrong with it; `note`: what is wrong with a part of it.
Result<Instance> coco_instance(const Json& annotation,
                               const std::unordered_map<std::string, std::string>& categories,
                               std::string& note) {
  Instance instance;
  const auto category = categories.find(id_of(annotation, "category_id"));
  if (category == categories.end()) return failure("coco", "category_id is not in 'categories'");
  instance.class_name = category->second;
  if (const Json* crowd = member(annotation, "iscrowd");
      crowd && crowd->is_number() && crowd->get<double>() != 0)
    return failure("coco", "iscrowd is {}, expected one object", dump_json(*crowd));
  instance.polygons = outline_of(annotation, note);
  if (const Json* score = member(annotation, "score")) {
    if (!score->is_number() || !(score->get<double>() >= 0 && score->get<double>() <= 1))
      return failure("coco", "score is {}, expected 0 to 1", dump_json(*score));
    instance.weight = score->get<float>();
    instance.guessed = true;
  }
  Result<edge::Box> box =
      failure("coco", "neither a bbox [x, y, width, height] nor an outline nor keypoints");
  const Json* corners = array_member(annotation, "bbox");
  const Json* keypoints = array_member(annotation, "keypoints");
  if (corners && corners->size() == 4)
    box = box_of(*corners);
  else if (!instance.polygons.empty())
    box = bounds_of_all(instance.polygons);
  else if (keypoints && keypoints->size() >= 3)
    box = point_of(*keypoints);
  if (!box.ok()) return box.failure();
  instance.box = *box;
  return instance;
}

// A COCO file while it is read.
class CocoReader {
 public:
  CocoReader(const Json& json, const std::filesystem::path& path, std::vector<Problem>& problems)
      : json_(json), path_(path.string()), split_(split_in_name(path)), problems_(problems) {}

  std::vector<Annotated> read() {
    for (const char* list : {"images", "annotations"})
      if (!array_member(json_, list))
        fail("coco", "'{}': no list '{}', expected a COCO detection file", path_, list);
    const Json& images = json_.at("images");
    for (size_t i = 0; i < images.size(); ++i) add_image(i, images[i]);
    if (const Json* list = array_member(json_, "categories"))
      for (const Json& category : *list)
        if (std::string name = class_name(text_member(category, "name")); !name.empty())
          categories_.emplace(id_of(category, "id"), std::move(name));
    const Json& annotations = json_.at("annotations");
    for (size_t i = 0; i < annotations.size(); ++i) add_annotation(i, annotations[i]);
    // What nobody can place may lie on any image that seems to show nothing.
    for (Annotated& image : result_) image.incomplete |= orphans_ > 0 && image.instances.empty();
    return std::move(result_);
  }

 private:
  void complain(const char* list, size_t i, std::string_view what) {
    problems_.push_back({path_, "bad-annotation", fmt::format("{}[{}]: {}", list, i, what)});
  }

  void add_image(size_t i, const Json& image) {
    const std::string name = text_member(image, "file_name");
    const std::string id = id_of(image, "id");
    if (name.empty() || id.empty()) {
      if (!id.empty()) by_id_.emplace(id, kUnnamed);
      return complain("images", i, "expected an id and a file_name");
    }
    const std::string file = std::filesystem::path(name).lexically_normal().generic_string();
    const auto [known, is_new] = by_name_.emplace(file, result_.size());
    if (is_new)
      result_.push_back({.image = name,
                         .source = fmt::format("{} images[{}]", path_, i),
                         .split = split_,
                         .width = side_member(image, "width"),
                         .height = side_member(image, "height")});
    const auto [other, is_free] = by_id_.emplace(id, known->second);
    if (is_free || other->second == known->second) return;
    complain("images", i, fmt::format("id {} is taken", id));
    result_[known->second].incomplete = true;
    if (other->second != kUnnamed) result_[other->second].incomplete = true;
  }

  void add_annotation(size_t i, const Json& annotation) {
    const auto image = by_id_.find(id_of(annotation, "image_id"));
    if (image == by_id_.end()) {
      ++orphans_;
      return complain("annotations", i, "image_id is not in 'images'");
    }
    if (image->second == kUnnamed) return;  // said of the image
    std::string note;
    Result<Instance> instance = coco_instance(annotation, categories_, note);
    if (!note.empty()) complain("annotations", i, note);
    if (instance.ok()) {
      result_[image->second].instances.push_back(std::move(*instance));
    } else {
      result_[image->second].incomplete = true;
      complain("annotations", i, instance.failure().message);
    }
  }

  static constexpr size_t kUnnamed = static_cast<size_t>(-1);

  const Json& json_;
  std::string path_;
  Split split_;
  std::vector<Problem>& problems_;
  std::vector<Annotated> result_;
  std::unordered_map<std::string, size_t> by_id_, by_name_;  // numbers of images
  std::unordered_map<std::string, std::string> categories_;
  int64_t orphans_ = 0;
};

}  // namespace

std::vector<Annotated> parse_coco(std::string_view text, const std::filesystem::path& path,
                                  std::vector<Problem>& problems) {
  const Json json = value_or_throw(parse_json(text, path.string()));
  return CocoReader(json, path, problems).read();
}

}  // namespace paucal::labels
