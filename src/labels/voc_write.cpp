// to_voc, and the row of the table of formats.

#include <fmt/format.h>

#include <algorithm>
#include <pugixml.hpp>
#include <sstream>

#include "base/text.h"
#include "labels/voc.h"

namespace paucal::labels {
namespace {

void add_text(pugi::xml_node parent, const char* name, const std::string& text) {
  parent.append_child(name).text().set(text.c_str());
}

// The shortest text that is read back as the same number.
void add_number(pugi::xml_node parent, const char* name, double number) {
  add_text(parent, name, fmt::format("{}", number));
}

void name_losses_of_voc(const Annotated& image, std::vector<Problem>& problems) {
  const auto points = std::ranges::count_if(image.instances, is_point);
  const auto outlines = std::ranges::count_if(
      image.instances, [](const Instance& object) { return !object.polygons.empty(); });
  if (points > 0)
    problems.push_back({image.image, "not-in-format", fmt::format("{} points", points)});
  if (outlines > 0)
    problems.push_back(
        {image.image, "not-in-format", fmt::format("polygons of {} objects", outlines)});
}

}  // namespace

std::string to_voc(const Annotated& annotated) {
  pugi::xml_document document;
  pugi::xml_node root = document.append_child("annotation");
  const std::filesystem::path image = annotated.image;
  add_text(root, "folder", image.parent_path().generic_string());
  add_text(root, "filename", image.filename().string());
  if (annotated.width > 0 && annotated.height > 0) {
    pugi::xml_node size = root.append_child("size");
    add_number(size, "width", annotated.width);
    add_number(size, "height", annotated.height);
  }
  for (const Instance& instance : annotated.instances) {
    const edge::Box& box = instance.box;
    if (is_point(instance)) continue;
    pugi::xml_node object = root.append_child("object");
    add_text(object, "name", instance.class_name);
    if (instance.guessed) add_number(object, "score", instance.weight);
    pugi::xml_node corners = object.append_child("bndbox");
    add_number(corners, "xmin", double{box.x0} + 1);
    add_number(corners, "ymin", double{box.y0} + 1);
    add_number(corners, "xmax", box.x1);
    add_number(corners, "ymax", box.y1);
  }
  std::ostringstream text;
  document.save(text, "  ", pugi::format_indent | pugi::format_no_declaration);
  return escape_bytes(text.str());
}

AnnotationFormat voc_format() {
  return {.name = "voc",
          .ending = ".xml",
          .whole_set = false,
          .max_bytes = uint64_t{1} << 24,
          .recognise = [](std::string_view text) { return text.find("<annotation") != text.npos; },
          .read = read_one<parse_voc>,
          .write = [](std::span<const Annotated> images,
                      const std::string&) { return to_voc(images[0]); },
          .name_losses = name_losses_of_voc};
}

}  // namespace paucal::labels
