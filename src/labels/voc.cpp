#include "labels/voc.h"

#include <charconv>
#include <cmath>
#include <optional>

#include "base/error.h"
#include "base/files.h"
#include "labels/class_name.h"
#include "labels/xml.h"

namespace paucal::labels {
namespace {

std::optional<double> number(const pugi::xml_node& node) {
  const std::string_view text = trim(node.text().get());
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  if (!std::isfinite(value) || std::abs(value) > 1e7) return std::nullopt;
  return value;
}

int side(const pugi::xml_node& node) {
  const auto value = number(node);
  return value && *value >= 1 && *value <= 1e6 ? static_cast<int>(*value) : 0;
}

Result<Instance> voc_instance(const pugi::xml_node& object) {
  Instance instance;
  instance.class_name = class_name(object.child("name").text().get());
  if (instance.class_name.empty()) return failure("voc", "object without <name>");
  const pugi::xml_node box = object.child("bndbox");
  const auto x0 = number(box.child("xmin")), y0 = number(box.child("ymin"));
  const auto x1 = number(box.child("xmax")), y1 = number(box.child("ymax"));
  if (!x0 || !y0 || !x1 || !y1 || *x1 < *x0 || *y1 < *y0 || *x1 < 0 || *y1 < 0)
    return failure("voc",
                   "expected <bndbox> with numbers xmin ≤ xmax and ymin ≤ ymax, within the image");
  // Some tools write 0 for the first pixel.
  instance.box = {static_cast<float>(std::max(0., *x0 - 1)),
                  static_cast<float>(std::max(0., *y0 - 1)), static_cast<float>(*x1),
                  static_cast<float>(*y1)};
  if (const pugi::xml_node score = object.child("score")) {
    const auto value = number(score);
    if (!value || *value < 0 || *value > 1)
      return failure("voc", "score is '{}', expected 0 to 1", score.text().get());
    instance.weight = static_cast<float>(*value);
    instance.guessed = true;
  }
  return instance;
}

}  // namespace

Result<Annotated> parse_voc(std::string_view text, const std::filesystem::path& origin,
                            std::vector<std::string>& faults) {
  pugi::xml_document document;
  const Result<pugi::xml_node> root = parse_xml(text, origin.string(), document);
  if (!root.ok()) return root.failure();
  if (std::string_view(root->name()) != "annotation")
    return failure("voc", "'{}': root element is <{}>, expected <annotation>", origin.string(),
                   root->name());

  Annotated result;
  result.image = root->child("filename").text().get();
  if (result.image.empty()) result.image = origin.stem().string();
  result.source = origin.string();
  result.width = side(root->child("size").child("width"));
  result.height = side(root->child("size").child("height"));
  for (const pugi::xml_node& object : root->children("object")) {
    Result<Instance> instance = voc_instance(object);
    if (instance.ok()) {
      result.instances.push_back(std::move(*instance));
      continue;
    }
    result.incomplete = true;
    faults.push_back(fmt::format("'{}' line {}: {}", origin.string(),
                                 line_of(text, static_cast<size_t>(object.offset_debug())),
                                 instance.failure().message));
  }
  return result;
}

}  // namespace paucal::labels
