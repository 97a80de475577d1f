// to_labelme.

#include "base/json_text.h"
#include "labels/labelme.h"

namespace paucal::labels {
namespace {

Json points_of(const std::vector<std::array<float, 2>>& corners) {
  Json points = Json::array();
  for (const auto& [x, y] : corners) points.push_back({x, y});
  return points;
}

Json shape(const Instance& object, const char* type, Json points) {
  Json json = {{"label", object.class_name},
               {"points", std::move(points)},
               {"group_id", nullptr},
               {"shape_type", type},
               {"flags", Json::object()}};
  if (object.guessed) json["score"] = object.weight;
  return json;
}

}  // namespace

std::string to_labelme(const Annotated& annotated) {
  Json shapes = Json::array();
  for (const Instance& object : annotated.instances) {
    const edge::Box& box = object.box;
    if (object.polygons.empty() && box.width() == 0 && box.height() == 0)
      shapes.push_back(shape(object, "point", {{box.x0, box.y0}}));
    else if (object.polygons.empty())
      shapes.push_back(shape(object, "rectangle", {{box.x0, box.y0}, {box.x1, box.y1}}));
    for (const auto& polygon : object.polygons)
      shapes.push_back(shape(object, "polygon", points_of(polygon)));
  }
  const Json json = {{"version", "5.0.1"},
                     {"flags", Json::object()},
                     {"shapes", std::move(shapes)},
                     {"imagePath", annotated.image},
                     {"imageData", nullptr},
                     {"imageHeight", annotated.height > 0 ? Json(annotated.height) : Json()},
                     {"imageWidth", annotated.width > 0 ? Json(annotated.width) : Json()}};
  return dump_json(json, 2);
}

}  // namespace paucal::labels
