#include "review/export.h"

#include <map>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/json_text.h"
#include "review/done_images.h"
#include "review/import_run.h"
#include "review/shapes.h"

namespace paucal::review {
namespace {

namespace fs = std::filesystem;

// Numbers for what has none, beside those that others brought.
class Ids {
 public:
  // The number in `extra` where nobody else has it.
  Json take(Json& extra) {
    Json id = extra.contains("id") ? extra["id"] : Json();
    extra.erase("id");
    if (id.is_number_integer() && used_.insert(id.get<int64_t>()).second) return id;
    waiting_ = true;
    return nullptr;
  }
  // After all are taken.
  void fill(Json& list) {
    if (!waiting_) return;
    int64_t next = used_.empty() ? 1 : *used_.rbegin() + 1;
    for (Json& entry : list)
      if (entry["id"].is_null()) entry["id"] = next++;
  }

 private:
  std::set<int64_t> used_;
  bool waiting_ = false;
};

Json geometry_fields(const Item& item) {
  const auto geometry = parse_json(item.geometry, "geometry");
  if (!geometry.ok()) return Json::object();
  if (item.kind == "box") return {{"bbox", *geometry}};
  if (item.kind == "point")
    return {{"keypoints", {(*geometry)[0], (*geometry)[1], 2}}, {"num_keypoints", 1}};
  if (item.kind == "span") return {{"span", *geometry}};
  const auto box = bounds_of(item.kind, *geometry);
  if (!box) return Json::object();
  return {{"bbox", *box}, {"segmentation", *geometry}};
}

// What a proposal brought beside its place; of one that was edited, neither score nor evidence.
Json extra_of(Database& database, const std::string& item) {
  if (!item.starts_with('p')) return Json::object();
  Json extra = object_of_text(
      database.text("SELECT extra FROM proposal WHERE id = ?", std::stoll(item.substr(1)))
          .value_or(""));
  for (const char* key : {"score", "evidence", "accepted"}) extra.erase(key);
  return extra;
}

const Class* class_by_id(const std::vector<Class>& classes, std::optional<int64_t> id) {
  return id ? find_class(classes, Json(*id)) : nullptr;
}

std::string class_name_of(const DoneImage& image, const std::vector<Class>& classes) {
  if (const Class* chosen = class_by_id(classes, image.decision.class_id)) return chosen->name;
  const bool ok = image.decision.verdict == "OK";
  const Class* label = class_by_id(classes, image.label);
  if (label && label->is_ok == ok && ok) return label->name;
  std::set<int64_t> standing;
  for (const auto& [id, item] : image.decision.items)
    if (item.stands()) standing.insert(item.class_id);
  if (!ok && standing.size() == 1)
    if (const Class* only = class_by_id(classes, *standing.begin())) return only->name;
  if (label && label->is_ok == ok) return label->name;
  for (const Class& known : classes)
    if (known.is_ok == ok) return known.name;
  return ok ? "OK" : "NG";
}

std::string csv_field(const std::string& text) {
  if (text.find_first_of(",;\t\"\r\n") == text.npos) return text;
  std::string quoted = "\"";
  for (const char c : text) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + "\"";
}

int64_t root_id_of(Database& database, const fs::path& run) {
  if (run.empty()) return 0;
  const fs::path root = run_root(run);
  const auto id = database.integer("SELECT id FROM root WHERE folder = ?", root.string());
  if (!id)
    fail("export", "'{}': its images lie in '{}', expected the images of this review", run.string(),
         root.string());
  return *id;
}

}  // namespace

Json reviewed_boxes(Database& database, int64_t root, Exported& counts) {
  const std::vector<Class> classes = load_classes(database);
  Json images = Json::array(), annotations = Json::array(), categories = Json::array();
  for (const Class& known : classes) categories.push_back({{"id", known.id}, {"name", known.name}});
  Ids image_ids, annotation_ids;
  std::vector<size_t> image_of;  // of each annotation
  each_done(database, root, [&](DoneImage& image) {
    std::vector<std::pair<std::string, const Item*>> standing;
    for (const auto& [id, item] : image.decision.items)
      if (item.stands()) standing.emplace_back(id, &item);
    if (standing.empty() && image.decision.verdict != "OK") {
      ++counts.left_out;
      return;
    }
    Json entry = {{"id", image_ids.take(image.extra)}, {"file_name", image.path}};
    if (image.width && image.height) {
      entry["width"] = *image.width;
      entry["height"] = *image.height;
    }
    entry.update(image.extra);
    for (const auto& [id, item] : standing) {
      Json extra = extra_of(database, id);
      Json annotation = {{"id", annotation_ids.take(extra)},
                         {"image_id", nullptr},
                         {"category_id", item->class_id}};
      annotation.update(geometry_fields(*item));
      annotation.update(extra);
      annotations.push_back(std::move(annotation));
      image_of.push_back(images.size());
    }
    images.push_back(std::move(entry));
  });
  image_ids.fill(images);
  annotation_ids.fill(annotations);
  for (size_t i = 0; i < image_of.size(); ++i)
    annotations[i]["image_id"] = images[image_of[i]]["id"];
  counts.images = static_cast<int64_t>(images.size());
  counts.boxes = static_cast<int64_t>(annotations.size());
  return {{"images", std::move(images)},
          {"annotations", std::move(annotations)},
          {"categories", std::move(categories)}};
}

std::string labels_csv(Database& database, int64_t root, Exported& counts) {
  const std::vector<Class> classes = load_classes(database);
  std::string text = "path,class,split,verdict,reviewer,at\n";
  each_done(database, root, [&](const DoneImage& image) {
    text += fmt::format("{},{},{},{},{},{}\n", csv_field(image.path),
                        csv_field(class_name_of(image, classes)), csv_field(image.split),
                        image.decision.verdict.value_or(""), csv_field(image.reviewer), image.at);
    ++counts.labels;
  });
  return text;
}

Exported export_review(Store& store, const fs::path& out, const fs::path& run) {
  Exported counts;
  std::string labels;
  Json shapes;
  const Json boxes = store.read([&](Database& database) {
    const int64_t root = root_id_of(database, run);
    labels = labels_csv(database, root, counts);
    shapes = shapes_json(database, root);
    return reviewed_boxes(database, root, counts);
  });
  fs::create_directories(out);
  write_json(out / "reviewed_boxes.json", boxes);
  write_json(out / "shapes.json", shapes);
  write_text_atomic(out / "labels.csv", labels);
  return counts;
}

}  // namespace paucal::review
