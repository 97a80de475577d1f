// to_coco, and the row of the table of formats.

#include <map>

#include "base/json_text.h"
#include "labels/coco.h"

namespace paucal::labels {
namespace {

Json annotation_of(const Instance& object) {
  Json json = Json::object();
  const edge::Box& box = object.box;
  // Without a box the reader takes the bounds of the polygons, and without those the point.
  if (box.area() == 0 && object.polygons.empty()) {
    json["keypoints"] = {box.x0, box.y0, 2};
    json["num_keypoints"] = 1;
  } else if (box.area() > 0) {
    // In double the difference of two floats is exact, and so is the sum that gives the corner
    // back.
    const double x = box.x0, y = box.y0, width = box.x1 - x, height = box.y1 - y;
    json["bbox"] = {x, y, width, height};
    json["area"] = width * height;
  }
  if (!object.polygons.empty()) {
    Json& rings = json["segmentation"] = Json::array();
    for (const auto& polygon : object.polygons) {
      Json& ring = rings.emplace_back(Json::array());
      for (const auto& [px, py] : polygon) {
        ring.push_back(px);
        ring.push_back(py);
      }
    }
  }
  if (object.guessed) json["score"] = object.weight;
  json["iscrowd"] = 0;
  return json;
}

}  // namespace

Json to_coco(std::span<const Annotated> annotated) {
  std::map<std::string, int> categories;
  for (const Annotated& image : annotated)
    for (const Instance& object : image.instances) categories.emplace(object.class_name, 0);
  Json coco = {
      {"images", Json::array()}, {"annotations", Json::array()}, {"categories", Json::array()}};
  for (auto& [name, id] : categories) {
    id = static_cast<int>(coco["categories"].size()) + 1;
    coco["categories"].push_back({{"id", id}, {"name", name}});
  }
  for (const Annotated& image : annotated) {
    const size_t id = coco["images"].size() + 1;
    Json& entry = coco["images"].emplace_back(Json{{"id", id}, {"file_name", image.image}});
    if (image.width > 0 && image.height > 0) {
      entry["width"] = image.width;
      entry["height"] = image.height;
    }
    for (const Instance& object : image.instances) {
      Json annotation = annotation_of(object);
      annotation["id"] = coco["annotations"].size() + 1;
      annotation["image_id"] = id;
      annotation["category_id"] = categories.at(object.class_name);
      coco["annotations"].push_back(std::move(annotation));
    }
  }
  return coco;
}

AnnotationFormat coco_format() {
  return {.name = "coco",
          .ending = ".json",
          .whole_set = true,
          .max_bytes = uint64_t{1} << 30,
          .recognise =
              [](std::string_view text) {
                return text.find("\"images\"") != text.npos &&
                       text.find("\"annotations\"") != text.npos;
              },
          .read = parse_coco,
          .write = [](std::span<const Annotated> images,
                      const std::string&) { return dump_json(to_coco(images), 2) + "\n"; },
          .name_losses = nullptr};
}

}  // namespace paucal::labels
