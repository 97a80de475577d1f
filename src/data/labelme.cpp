#include "data/labelme.h"

#include <numbers>

#include "data/json_fields.h"

namespace paucal::data {
namespace {

constexpr uint64_t kMaxBytes = uint64_t{1} << 28;
constexpr int kCircleCorners = 32;

using Points = std::vector<std::array<float, 2>>;

// Points of a circle given as centre and a point on its rim.
Points circle(const Points& points) {
  const float radius = std::hypot(points[1][0] - points[0][0], points[1][1] - points[0][1]);
  Points corners;
  for (int i = 0; i < kCircleCorners; ++i) {
    const float angle = 2 * std::numbers::pi_v<float> * static_cast<float>(i) / kCircleCorners;
    corners.push_back(
        {points[0][0] + radius * std::cos(angle), points[0][1] + radius * std::sin(angle)});
  }
  return corners;
}

Result<Instance> instance_of(const Json& shape) {
  Instance instance;
  instance.class_name = text_member(shape, "label");
  if (instance.class_name.empty()) return failure("labelme", "no label");
  const Json* list = array_member(shape, "points");
  Points points = list ? points_of(*list) : Points();
  if (points.empty()) return failure("labelme", "expected points [[x, y], …] in pixels");
  const std::string type = text_member(shape, "shape_type");
  if (type == "circle" && points.size() == 2) points = circle(points);
  instance.box = bounds_of(points);
  if (type == "rectangle") {
    const edge::Box& b = instance.box;
    points = {{b.x0, b.y0}, {b.x1, b.y0}, {b.x1, b.y1}, {b.x0, b.y1}};
  }
  const bool outline = type.empty() || type == "polygon" || type == "rectangle" || type == "circle";
  if (outline && points.size() >= 3) instance.polygons.push_back(std::move(points));
  if (type == "point") return instance;  // a place, not a pixel
  if (instance.box.width() < 1) instance.box.x1 = instance.box.x0 + 1;
  if (instance.box.height() < 1) instance.box.y1 = instance.box.y0 + 1;
  return instance;
}

}  // namespace

Result<Annotated> read_labelme(const std::filesystem::path& path) {
  const Result<Json> json = parse_json_file(path, kMaxBytes);
  if (!json.ok()) return json.failure();
  const Json* shapes = array_member(*json, "shapes");
  if (!shapes)
    return failure("labelme", "'{}': no list 'shapes', expected a labelme file", path.string());
  Annotated result;
  result.image = text_member(*json, "imagePath");
  if (result.image.empty()) result.image = path.stem().string();
  result.source = path.string();
  for (size_t i = 0; i < shapes->size(); ++i) {
    Result<Instance> instance = instance_of((*shapes)[i]);
    if (!instance.ok())
      return failure("labelme", "'{}' shapes[{}]: {}", path.string(), i,
                     instance.failure().message);
    result.instances.push_back(std::move(*instance));
  }
  return result;
}

}  // namespace paucal::data
