#include "labels/annotation_format.h"

#include <algorithm>

#include "base/files.h"

namespace paucal::labels {

#define PAUCAL_ANNOTATION_FORMAT(name) AnnotationFormat name##_format();
#include "labels/formats.def"
#undef PAUCAL_ANNOTATION_FORMAT

std::span<const AnnotationFormat> annotation_formats() {
  static const AnnotationFormat kFormats[] = {
#define PAUCAL_ANNOTATION_FORMAT(name) name##_format(),
#include "labels/formats.def"
#undef PAUCAL_ANNOTATION_FORMAT
  };
  return kFormats;
}

std::vector<std::string> annotation_format_names() {
  std::vector<std::string> names;
  for (const AnnotationFormat& format : annotation_formats()) names.emplace_back(format.name);
  return names;
}

const AnnotationFormat* find_annotation_format(std::string_view name) {
  const auto formats = annotation_formats();
  const auto found = std::ranges::find(formats, name, &AnnotationFormat::name);
  return found == formats.end() ? nullptr : &*found;
}

const AnnotationFormat* recognise_format(const std::filesystem::path& path, std::string_view text) {
  const std::string name = lower(path.string());
  for (const AnnotationFormat& format : annotation_formats())
    if (name.ends_with(format.ending) && format.recognise(text)) return &format;
  return nullptr;
}

const AnnotationFormat* expected_format(const std::filesystem::path& path) {
  const std::string name = lower(path.string());
  for (const AnnotationFormat& format : annotation_formats())
    if (name.ends_with(format.ending)) return &format;
  return nullptr;
}

}  // namespace paucal::labels
