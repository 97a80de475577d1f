#include "labels/labelme.h"

#include <map>
#include <numbers>

#include "base/json_text.h"
#include "labels/class_name.h"
#include "labels/json_fields.h"
#include "labels/stored_mask.h"

namespace paucal::labels {
namespace {

constexpr int kCircleCorners = 32;

// Corners of a circle given as centre and a point on its rim.
Ring circle(const Ring& points) {
  const float radius = std::hypot(points[1][0] - points[0][0], points[1][1] - points[0][1]);
  Ring corners;
  for (int i = 0; i < kCircleCorners; ++i) {
    const float angle = 2 * std::numbers::pi_v<float> * static_cast<float>(i) / kCircleCorners;
    corners.push_back(
        {points[0][0] + radius * std::cos(angle), points[0][1] + radius * std::sin(angle)});
  }
  return corners;
}

bool is_one_of(std::string_view type, std::initializer_list<std::string_view> types) {
  return std::ranges::find(types, type) != types.end();
}

// The pixels of a mask, whose first and last pixel the points are.
Result<Polygons> mask_of(const Json& shape, const edge::Box& corners) {
  const Json* picture = member(shape, "mask");
  if (!picture || !picture->is_string())
    return failure("labelme", "shape_type 'mask' without mask, expected a PNG in base64");
  const auto whole = [](float value) { return static_cast<int>(std::lround(value)); };
  const int x = whole(corners.x0), y = whole(corners.y0);
  return polygons_of_picture(picture->get_ref<const std::string&>(), x, y,
                             whole(corners.x1) - x + 1, whole(corners.y1) - y + 1);
}

// The outline of a shape, where its type has one; `note`: what is lost of it.
Result<Polygons> outline_of(const Json& shape, Ring points, const edge::Box& b, std::string& note) {
  const std::string type = text_member(shape, "shape_type");
  if (type == "mask") return mask_of(shape, b);
  if (type == "rectangle") points = {{b.x0, b.y0}, {b.x1, b.y0}, {b.x1, b.y1}, {b.x0, b.y1}};
  const bool closed =
      type.empty() || is_one_of(type, {"polygon", "rectangle", "circle", "rotation", "quad",
                                       "quadrilateral", "oriented_rectangle"});
  if (!closed && !is_one_of(type, {"point", "points", "line", "linestrip"}))
    note = fmt::format("shape_type '{}' is not known: of it the box alone is kept", type);
  if (!closed || points.size() < 3) return Polygons();
  return Polygons{std::move(points)};
}

// The score of a shape, if it has one, makes it a guess.
std::optional<Failure> read_score(const Json& shape, Instance& instance) {
  const Json* score = member(shape, "score");
  if (!score || score->is_null()) return std::nullopt;
  if (!score->is_number() || !(score->get<double>() >= 0 && score->get<double>() <= 1))
    return failure("labelme", "score is {}, expected 0 to 1", dump_json(*score));
  instance.weight = score->get<float>();
  instance.guessed = true;
  return std::nullopt;
}

Result<Instance> labelme_instance(const Json& shape, std::string& note) {
  Instance instance;
  instance.class_name = class_name(text_member(shape, "label"));
  if (instance.class_name.empty()) return failure("labelme", "no label");
  const Json* list = array_member(shape, "points");
  Ring points = list ? points_of(*list) : Ring();
  if (points.empty()) return failure("labelme", "expected points [[x, y], …] in pixels");
  if (auto wrong = read_score(shape, instance)) return *wrong;
  const std::string type = text_member(shape, "shape_type");
  if (type == "circle" && points.size() == 2) points = circle(points);
  instance.box = bounds_of(points);
  Result<Polygons> outline = outline_of(shape, std::move(points), instance.box, note);
  if (!outline.ok()) return outline.failure();
  instance.polygons = std::move(*outline);
  if (type == "mask") instance.box = bounds_of_all(instance.polygons);
  if (type != "point") {  // that is a place, not a pixel
    if (instance.box.width() < 1) instance.box.x1 = instance.box.x0 + 1;
    if (instance.box.height() < 1) instance.box.y1 = instance.box.y0 + 1;
  }
  if (!is_near(instance.box))
    return failure("labelme", "the shape leaves the pixels within ±{}", kMaxCoordinate);
  return instance;
}

// Parts of one object share a number; a point is an object of its own.
class Groups {
 public:
  void add(const Json& shape, Instance part, std::vector<Instance>& objects) {
    const std::string id = id_of(shape, "group_id");
    if (id.empty() || is_point(part)) return objects.push_back(std::move(part));
    const auto [known, is_new] = first_.emplace(std::pair(part.class_name, id), objects.size());
    if (is_new) return objects.push_back(std::move(part));
    Instance& whole = objects[known->second];
    whole.box = around(whole.box, part.box);
    whole.guessed |= part.guessed;
    whole.weight = std::min(whole.weight, part.weight);
    // One part without an outline: the whole has none.
    if (whole.polygons.empty() || part.polygons.empty()) return whole.polygons.clear();
    std::ranges::move(part.polygons, std::back_inserter(whole.polygons));
  }

 private:
  std::map<std::pair<std::string, std::string>, size_t> first_;
};

}  // namespace

Result<Annotated> parse_labelme(std::string_view text, const std::filesystem::path& path,
                                std::vector<std::string>& faults) {
  const Result<Json> json = parse_json(text, path.string());
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
  Groups groups;
  for (size_t i = 0; i < shapes->size(); ++i) {
    std::string note;
    const Json& shape = (*shapes)[i];
    Result<Instance> instance = labelme_instance(shape, note);
    if (!instance.ok()) {
      result.incomplete = true;
      note = instance.failure().message;
    }
    if (!note.empty()) faults.push_back(fmt::format("'{}' shapes[{}]: {}", path.string(), i, note));
    if (instance.ok()) groups.add(shape, std::move(*instance), result.instances);
  }
  return result;
}

}  // namespace paucal::labels
