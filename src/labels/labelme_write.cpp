// to_labelme, and the row of the table of formats.

#include "base/json_text.h"
#include "labels/json_fields.h"
#include "labels/labelme.h"

namespace paucal::labels {
namespace {

Json list_of(const Ring& corners) {
  Json points = Json::array();
  for (const auto& [x, y] : corners) points.push_back({x, y});
  return points;
}

Json shape_of(const Instance& object, const char* type, Json points, Json group = nullptr) {
  Json json = {{"label", object.class_name},
               {"points", std::move(points)},
               {"group_id", std::move(group)},
               {"shape_type", type},
               {"flags", Json::object()}};
  if (object.guessed) json["score"] = object.weight;
  return json;
}

// Tools round the corners of a box.
bool is_box_of_outline(const Instance& object) {
  constexpr float kRounded = .5f;
  if (object.polygons.empty()) return true;
  const edge::Box& box = object.box;
  edge::Box own = bounds_of_all(object.polygons);
  own.x1 = std::max(own.x1, own.x0 + 1);  // as it is read
  own.y1 = std::max(own.y1, own.y0 + 1);
  return std::abs(box.x0 - own.x0) <= kRounded && std::abs(box.y0 - own.y0) <= kRounded &&
         std::abs(box.x1 - own.x1) <= kRounded && std::abs(box.y1 - own.y1) <= kRounded;
}

void name_losses_of_labelme(const Annotated& image, std::vector<Problem>& problems) {
  const auto lost = std::ranges::count_if(image.instances, std::not_fn(is_box_of_outline));
  if (lost > 0)
    problems.push_back({image.image, "not-in-format",
                        fmt::format("boxes of {} objects, which differ from those of their "
                                    "outlines",
                                    lost)});
}

}  // namespace

std::string to_labelme(const Annotated& annotated, const std::string& image_path) {
  Json shapes = Json::array();
  int groups = 0;
  for (const Instance& object : annotated.instances) {
    const edge::Box& box = object.box;
    if (object.polygons.empty() && is_point(object))
      shapes.push_back(shape_of(object, "point", {{box.x0, box.y0}}));
    else if (object.polygons.empty())
      shapes.push_back(shape_of(object, "rectangle", {{box.x0, box.y0}, {box.x1, box.y1}}));
    const Json group = object.polygons.size() > 1 ? Json(++groups) : Json();
    for (const auto& polygon : object.polygons)
      shapes.push_back(shape_of(object, "polygon", list_of(polygon), group));
  }
  const Json json = {{"version", "5.0.1"},
                     {"flags", Json::object()},
                     {"shapes", std::move(shapes)},
                     {"imagePath", image_path},
                     {"imageData", nullptr},
                     {"imageHeight", annotated.height > 0 ? Json(annotated.height) : Json()},
                     {"imageWidth", annotated.width > 0 ? Json(annotated.width) : Json()}};
  return dump_json(json, 2);
}

AnnotationFormat labelme_format() {
  return {.name = "labelme",
          .ending = ".json",
          .whole_set = false,
          .max_bytes = uint64_t{1} << 28,  // it may embed the image
          .recognise = [](std::string_view text) { return text.find("\"shapes\"") != text.npos; },
          .read = read_one<parse_labelme>,
          .write = [](std::span<const Annotated> images,
                      const std::string& path) { return to_labelme(images[0], path); },
          .name_losses = name_losses_of_labelme};
}

}  // namespace paucal::labels
