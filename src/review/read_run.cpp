// The files of a run, which may be of strangers: every field may be missing or of another type.

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cmath>
#include <unordered_map>

#include "base/error.h"
#include "base/files.h"
#include "base/json_text.h"
#include "base/text.h"
#include "labels/class_key.h"
#include "labels/json_fields.h"
#include "review/geometry.h"
#include "review/import_run.h"

namespace paucal::review {
namespace {

namespace fs = std::filesystem;
using labels::array_member;
using labels::member;
using labels::text_member;

constexpr size_t kMaxPathBytes = 4096;
constexpr size_t kMaxBoxesOfImage = 5000;

std::optional<double> number_member(const Json& json, const char* key) {
  const Json* found = member(json, key);
  if (!found || !found->is_number()) return std::nullopt;
  const double value = found->get<double>();
  return std::isfinite(value) ? std::optional(value) : std::nullopt;
}

// A path below the folder of the images: relative, without "..", without NUL.
bool is_inside(const std::string& path) {
  if (path.empty() || path.size() > kMaxPathBytes || path.find('\0') != path.npos) return false;
  const fs::path parsed(path);
  return parsed.is_relative() && std::ranges::find(parsed, fs::path("..")) == parsed.end();
}

std::string text_of_file(const fs::path& file) {
  const Bytes bytes = value_or_throw(read_file(file));
  return std::string(bytes.begin(), bytes.end());
}

// All but the members named, or null where nothing is left.
Json rest_of(Json json, std::initializer_list<const char*> known) {
  for (const char* key : known) json.erase(key);
  return json.empty() ? Json() : json;
}

RunImage::Box coco_box(const Json& annotation, const std::string& label, const std::string& place) {
  RunImage::Box box{label, {}, {}, {}, false, {}};
  const Json* geometry = array_member(annotation, "bbox");
  auto checked = checked_geometry("box", geometry ? *geometry : Json());
  if (auto* refused = std::get_if<Refusal>(&checked))
    fail("import", "{}: {}", place, refused->message);
  box.geometry = *geometry;
  box.evidence = number_member(annotation, "score");
  if (const Json* evidence = member(annotation, "evidence"))
    box.score = number_member(*evidence, "score");
  const Json* accepted = member(annotation, "accepted");
  box.accepted_unseen = accepted && accepted->is_boolean() && accepted->get<bool>();
  box.extra = rest_of(annotation, {"bbox", "image_id", "category_id"});
  return box;
}

// [x0, y0, x1, y1] in doubles, whose difference gives the corners back.
std::optional<RunImage::Box> predicted_box(const Json& json, const std::string& label) {
  const auto x0 = number_member(json, "x0"), y0 = number_member(json, "y0"),
             x1 = number_member(json, "x1"), y1 = number_member(json, "y1");
  if (!x0 || !y0 || !x1 || !y1) return std::nullopt;
  const Json geometry = {*x0, *y0, *x1 - *x0, *y1 - *y0};
  if (std::holds_alternative<Refusal>(checked_geometry("box", geometry))) return std::nullopt;
  const std::string own = text_member(json, "class");
  const auto score = number_member(json, "score");
  return RunImage::Box{own.empty() ? label : own, geometry, score, score, false, {}};
}

// The class that boxes without one have: the only one that is not OK, or "defect".
std::string defect_class(const std::vector<Class>& classes) {
  std::vector<std::string> defects;
  for (const Class& known : classes)
    if (!known.is_ok) defects.push_back(known.name);
  return defects.size() == 1 ? defects[0] : "defect";
}

void read_model(const fs::path& run, RunImages& images) {
  if (!fs::exists(run / "model.json")) return;
  const Json model = read_json(run / "model.json");
  const Json *classes = array_member(model, "classes"), *ok = array_member(model, "class_is_ok");
  for (size_t i = 0; classes && i < classes->size(); ++i)
    if ((*classes)[i].is_string()) {
      const auto name = (*classes)[i].get<std::string>();
      const bool is_ok = ok && i < ok->size() && (*ok)[i].is_boolean() ? (*ok)[i].get<bool>()
                                                                       : labels::means_ok(name);
      images.classes.push_back({0, name, is_ok});
    }
}

// Of a verdict, how sure it is, the least first.
double doubt(const RunImage& image) {
  return image.probability ? std::abs(*image.probability - .5) : 1;
}

}  // namespace

fs::path run_root(const fs::path& run) {
  const fs::path file = run / "recipe.yaml";
  const fs::path own = fs::absolute(run).lexically_normal();
  if (!fs::exists(file)) return own;
  try {
    const YAML::Node recipe = YAML::LoadFile(file.string());
    const YAML::Node root = recipe["data"]["root"];
    if (root.IsScalar())
      return fs::absolute(unescape_bytes(root.as<std::string>())).lexically_normal();
  } catch (const YAML::Exception& error) {
    fail("import", "'{}': {}", file.string(), error.what());
  }
  return own;
}

RunImages parse_pseudo_boxes(std::string_view text, const std::string& origin) {
  const Json json = value_or_throw(parse_json(text, origin));
  const Json *images = array_member(json, "images"), *boxes = array_member(json, "annotations");
  if (!images || !boxes)
    fail("import", "'{}': expected a COCO file with images and annotations", origin);
  RunImages run;
  run.kind = "pseudo_boxes";
  std::unordered_map<std::string, std::string> categories;
  if (const Json* list = array_member(json, "categories"))
    for (const Json& category : *list) {
      const std::string name = text_member(category, "name");
      categories[labels::id_of(category, "id")] = name;
      if (!name.empty()) run.classes.push_back({0, name, labels::means_ok(name)});
    }
  std::unordered_map<std::string, size_t> by_id;
  for (const Json& image : *images) {
    const std::string path = text_member(image, "file_name");
    if (!is_inside(path))
      fail("import",
           "'{}' images[{}]: file_name '{}', expected a path below the folder of the "
           "images",
           origin, run.images.size(), printable(cut_text(path, 200)));
    by_id[labels::id_of(image, "id")] = run.images.size();
    run.images.push_back({.path = path,
                          .width = labels::side_member(image, "width"),
                          .height = labels::side_member(image, "height"),
                          .extra = rest_of(image, {"file_name", "width", "height"})});
  }
  for (size_t i = 0; i < boxes->size(); ++i) {
    const Json& annotation = (*boxes)[i];
    const std::string place = fmt::format("'{}' annotations[{}]", origin, i);
    const auto image = by_id.find(labels::id_of(annotation, "image_id"));
    const auto category = categories.find(labels::id_of(annotation, "category_id"));
    if (image == by_id.end() || category == categories.end() || category->second.empty())
      fail("import", "{}: image_id or category_id is not in the file", place);
    RunImage& of = run.images[image->second];
    if (of.boxes.size() >= kMaxBoxesOfImage)
      fail("import", "{}: expected at most {} of one image", place, kMaxBoxesOfImage);
    of.boxes.push_back(coco_box(annotation, category->second, place));
  }
  return run;
}

RunImages parse_predictions(std::string_view text, const std::string& origin) {
  RunImages run;
  run.kind = "predictions";
  for (size_t line = 1; !text.empty(); ++line) {
    const std::string_view one = text.substr(0, text.find('\n'));
    text.remove_prefix(std::min(text.size(), one.size() + 1));
    if (trim(one).empty()) continue;
    const std::string place = fmt::format("{} line {}", origin, line);
    const Json json = value_or_throw(parse_json(one, place));
    RunImage image{.path = text_member(json, "path"),
                   .label = text_member(json, "class"),
                   .split = text_member(json, "split"),
                   .part = text_member(json, "part"),
                   .verdict = text_member(json, "verdict"),
                   .probability = number_member(json, "probability_ng")};
    if (!is_inside(image.path))
      fail("import", "{}: path '{}', expected one below the folder of the images", place,
           printable(cut_text(image.path, 200)));
    const Json* boxes = array_member(json, "boxes");
    const std::string kind = text_member(json, "defect_class");
    for (size_t i = 0; boxes && i < boxes->size() && i < kMaxBoxesOfImage; ++i)
      if (auto box = predicted_box((*boxes)[i], kind)) image.boxes.push_back(std::move(*box));
    run.images.push_back(std::move(image));
  }
  std::ranges::stable_sort(run.images, {}, doubt);
  return run;
}

RunImages read_run(const fs::path& run) {
  const fs::path pseudo = run / "pseudo_boxes.json", predictions = run / "predictions.jsonl";
  RunImages images;
  if (fs::exists(pseudo)) {
    images = parse_pseudo_boxes(text_of_file(pseudo), pseudo.string());
    std::unordered_map<std::string, RunImage> known;
    if (fs::exists(predictions))
      for (RunImage& image :
           parse_predictions(text_of_file(predictions), predictions.string()).images)
        known[image.path] = std::move(image);
    for (RunImage& image : images.images)
      if (const auto found = known.find(image.path); found != known.end()) {
        image.label = found->second.label;
        image.split = found->second.split;
        image.part = found->second.part;
        image.verdict = found->second.verdict;
        image.probability = found->second.probability;
      }
  } else if (fs::exists(predictions)) {
    images = parse_predictions(text_of_file(predictions), predictions.string());
  } else {
    fail("import",
         "'{}': neither pseudo_boxes.json nor predictions.jsonl, expected the folder of a "
         "run",
         run.string());
  }
  std::vector<Class> of_file = std::move(images.classes);
  images.classes.clear();
  read_model(run, images);
  images.classes.insert(images.classes.end(), of_file.begin(), of_file.end());
  const std::string defect = defect_class(images.classes);
  for (RunImage& image : images.images)
    for (RunImage::Box& box : image.boxes)
      if (box.label.empty()) box.label = defect;
  images.folder = fs::absolute(run).lexically_normal();
  if (!images.folder.has_filename()) images.folder = images.folder.parent_path();
  images.root = run_root(run);
  return images;
}

RunImages read_folder(const fs::path& folder) {
  RunImages images;
  images.kind = "images";
  images.folder = images.root = fs::absolute(folder).lexically_normal();
  for (const std::string& path : list_files(folder)) {
    if (!has_image_extension(path)) continue;
    const auto slash = path.find('/');
    images.images.push_back(
        {.path = path, .label = slash == path.npos ? "" : path.substr(0, slash)});
  }
  if (images.images.empty()) fail("import", "'{}': no image files, expected some", folder.string());
  return images;
}

}  // namespace paucal::review
