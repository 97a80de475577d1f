#include "labels/coco.h"

#include <algorithm>
#include <unordered_map>

#include "labels/json_fields.h"

namespace paucal::labels {
namespace {

constexpr uint64_t kMaxBytes = uint64_t{1} << 30;

// Ids are numbers in the standard, texts in some exports.
std::string id_of(const Json& json, const char* key) {
  const Json* id = member(json, key);
  return id && (id->is_number() || id->is_string()) ? id->dump() : "";
}

Split split_in_name(const std::filesystem::path& path) {
  const std::string name = lower(path.stem().string());
  for (const char* word : {"train", "val", "test"})
    if (name.find(word) != name.npos) return *parse_split(word);
  return Split::kNone;
}

// The rings that can be used; `bad` counts the others.
std::vector<std::vector<std::array<float, 2>>> polygons_of(const Json& annotation, int& bad) {
  std::vector<std::vector<std::array<float, 2>>> polygons;
  const Json* rings = array_member(annotation, "segmentation");
  if (!rings) return {};
  for (const Json& ring : *rings) {
    std::vector<std::array<float, 2>> polygon;
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
  return polygons;
}

Result<edge::Box> box_of(const Json& box) {
  const auto x = coordinate(box[0]), y = coordinate(box[1]);
  const auto w = coordinate(box[2]), h = coordinate(box[3]);
  if (!x || !y || !w || !h || *w <= 0 || *h <= 0)
    return failure("coco", "bbox is {}, expected [x, y, width, height] in pixels", box.dump());
  // In double, so that a side that was a float comes back as the same one.
  const auto end = [](const Json& from, const Json& length) {
    return static_cast<float>(from.get<double>() + length.get<double>());
  };
  const edge::Box corners{*x, *y, end(box[0], box[2]), end(box[1], box[3])};
  if (!(corners.area() > 0))
    return failure("coco", "bbox is {}, too thin to have an area", box.dump());
  return corners;
}

edge::Box bounds_of_all(const std::vector<std::vector<std::array<float, 2>>>& polygons) {
  edge::Box box = bounds_of(polygons[0]);
  for (const auto& polygon : polygons) {
    const edge::Box more = bounds_of(polygon);
    box = {std::min(box.x0, more.x0), std::min(box.y0, more.y0), std::max(box.x1, more.x1),
           std::max(box.y1, more.y1)};
  }
  return box;
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
                 keypoints.dump());
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
    return failure("coco", "iscrowd is {}, expected one object", crowd->dump());
  int bad = 0;
  instance.polygons = polygons_of(annotation, bad);
  if (bad > 0)
    note = fmt::format(
        "{} polygons of its segmentation cannot be used, expected [x, y, …] of at "
        "least 3 corners",
        bad);
  if (const Json* score = member(annotation, "score")) {
    if (!score->is_number() || !(score->get<double>() >= 0 && score->get<double>() <= 1))
      return failure("coco", "score is {}, expected 0 to 1", score->dump());
    instance.weight = score->get<float>();
    instance.guessed = true;
  }
  Result<edge::Box> box =
      failure("coco", "neither a bbox [x, y, width, height] nor polygons nor keypoints");
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

}  // namespace

std::vector<Annotated> read_coco(const std::filesystem::path& path,
                                 std::vector<Problem>& problems) {
  const Bytes data = value_or_throw(read_file(path, kMaxBytes));
  return parse_coco({reinterpret_cast<const char*>(data.data()), data.size()}, path, problems);
}

std::vector<Annotated> parse_coco(std::string_view text, const std::filesystem::path& path,
                                  std::vector<Problem>& problems) {
  const Json json = value_or_throw(parse_json(text, path));
  const Json* images = array_member(json, "images");
  if (!images)
    fail("coco", "'{}': no list 'images', expected a COCO detection file", path.string());
  const auto complain = [&](const char* list, size_t i, std::string_view what) {
    problems.push_back({path.string(), "bad-annotation", fmt::format("{}[{}]: {}", list, i, what)});
  };

  std::vector<Annotated> result;
  std::unordered_map<std::string, size_t> by_id;
  const Split split = split_in_name(path);
  for (size_t i = 0; i < images->size(); ++i) {
    const Json& image = (*images)[i];
    const std::string name = text_member(image, "file_name");
    const std::string id = id_of(image, "id");
    if (name.empty() || id.empty()) {
      complain("images", i, "expected an id and a file_name");
    } else if (!by_id.emplace(id, result.size()).second) {
      complain("images", i, fmt::format("id {} is taken", id));
    } else {
      result.push_back({.image = name,
                        .source = fmt::format("{} images[{}]", path.string(), i),
                        .split = split,
                        .width = side_member(image, "width"),
                        .height = side_member(image, "height")});
    }
  }

  std::unordered_map<std::string, std::string> categories;
  if (const Json* list = array_member(json, "categories"))
    for (const Json& category : *list)
      if (std::string name = text_member(category, "name"); !name.empty())
        categories.emplace(id_of(category, "id"), std::move(name));

  const Json* annotations = array_member(json, "annotations");
  for (size_t i = 0; annotations && i < annotations->size(); ++i) {
    const Json& annotation = (*annotations)[i];
    const auto image = by_id.find(id_of(annotation, "image_id"));
    if (image == by_id.end()) {
      complain("annotations", i, "image_id is not in 'images'");
      continue;
    }
    std::string note;
    Result<Instance> instance = coco_instance(annotation, categories, note);
    if (!note.empty()) complain("annotations", i, note);
    if (instance.ok()) {
      result[image->second].instances.push_back(std::move(*instance));
    } else {
      result[image->second].incomplete = true;
      complain("annotations", i, instance.failure().message);
    }
  }
  return result;
}

bool looks_like_coco(const std::filesystem::path& path) {
  const Result<Bytes> data = read_file(path, kMaxBytes);
  if (!data.ok()) return false;
  const std::string_view text(reinterpret_cast<const char*>(data->data()), data->size());
  return text.find("\"images\"") != text.npos && text.find("\"annotations\"") != text.npos;
}

}  // namespace paucal::labels
