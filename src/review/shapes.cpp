#include "review/shapes.h"

#include "base/json_text.h"
#include "review/done_images.h"

namespace paucal::review {
namespace {

bool is_shape(const Item& item) {
  return item.stands() && (item.kind == "polygon" || item.kind == "mask" || item.kind == "point");
}

Json shape_json(const std::string& id, const Item& item, const std::vector<Class>& classes) {
  const auto geometry = parse_json(item.geometry, "geometry");
  if (!geometry.ok()) return nullptr;
  const Class* label = find_class(classes, Json(item.class_id));
  Json shape = {{"id", id},
                {"class", label ? label->name : ""},
                {"kind", item.kind},
                {"geometry", *geometry},
                {"state", item.state}};
  if (const auto box = bounds_of(item.kind, *geometry); box && item.kind != "point")
    shape["box"] = *box;
  return shape;
}

}  // namespace

Json shapes_json(Database& database, int64_t root) {
  const std::vector<Class> classes = load_classes(database);
  Json images = Json::array();
  each_done(database, root, [&](const DoneImage& image) {
    Json shapes = Json::array();
    for (const auto& [id, item] : image.decision.items)
      if (is_shape(item)) shapes.push_back(shape_json(id, item, classes));
    if (shapes.empty()) return;
    Json entry = {{"file_name", image.path}};
    if (image.width && image.height) {
      entry["width"] = *image.width;
      entry["height"] = *image.height;
    }
    entry["shapes"] = std::move(shapes);
    images.push_back(std::move(entry));
  });
  return {{"format", 1}, {"images", std::move(images)}};
}

}  // namespace paucal::review
