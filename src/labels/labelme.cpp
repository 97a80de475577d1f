#include "labels/labelme.h"

#include <numbers>

#include "labels/json_fields.h"

namespace paucal::labels {
namespace {

constexpr uint64_t kMaxLabelmeBytes = uint64_t{1} << 28;
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

Result<Instance> labelme_instance(const Json& shape) {
  Instance instance;
  instance.class_name = text_member(shape, "label");
  if (instance.class_name.empty()) return failure("labelme", "no label");
  const Json* list = array_member(shape, "points");
  Points points = list ? points_of(*list) : Points();
  if (points.empty()) return failure("labelme", "expected points [[x, y], …] in pixels");
  if (const Json* score = member(shape, "score"); score && !score->is_null()) {
    if (!score->is_number() || !(score->get<double>() >= 0 && score->get<double>() <= 1))
      return failure("labelme", "score is {}, expected 0 to 1", score->dump());
    instance.weight = score->get<float>();
    instance.guessed = true;
  }
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

Result<Annotated> read_labelme(const std::filesystem::path& path,
                               std::vector<std::string>& faults) {
  const Result<Bytes> data = read_file(path, kMaxLabelmeBytes);
  if (!data.ok()) return data.failure();
  return parse_labelme({reinterpret_cast<const char*>(data->data()), data->size()}, path, faults);
}

Result<Annotated> parse_labelme(std::string_view text, const std::filesystem::path& path,
                                std::vector<std::string>& faults) {
  const Result<Json> json = parse_json(text, path);
  if (!json.ok()) return json.failure();
  const Json* shapes = array_member(*json, "shapes");
  if (!shapes)
    return failure("labelme", "'{}': no list 'shapes', expected a labelme file", path.string());
  Annotated result;
  result.image = text_member(*json, "imagePath");
  if (result.image.empty()) result.image = path.stem().string();
  result.source = path.string();
  result.width = side_member(*json, "imageWidth");
  result.height = side_member(*json, "imageHeight");
  for (size_t i = 0; i < shapes->size(); ++i) {
    Result<Instance> instance = labelme_instance((*shapes)[i]);
    if (instance.ok()) {
      result.instances.push_back(std::move(*instance));
      continue;
    }
    result.incomplete = true;
    faults.push_back(
        fmt::format("'{}' shapes[{}]: {}", path.string(), i, instance.failure().message));
  }
  return result;
}

}  // namespace paucal::labels
