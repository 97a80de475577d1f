// to_voc.

#include <fmt/format.h>

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
    if (box.width() == 0 && box.height() == 0) continue;
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

}  // namespace paucal::labels
