#include "labels/annotation_files.h"

#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/options.h"
#include "labels/coco.h"
#include "labels/labelme.h"
#include "labels/voc.h"

namespace paucal::labels {
namespace fs = std::filesystem;
namespace {

bool leaves(const fs::path& path) {
  const fs::path normal = path.lexically_normal();
  return normal.is_absolute() || normal.empty() || *normal.begin() == "..";
}

bool is_point(const Instance& object) {
  return object.box.width() == 0 && object.box.height() == 0;
}

// What VOC has no place for.
void name_losses(const Annotated& image, std::vector<Problem>& problems) {
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

std::vector<std::string> annotation_formats() {
  return {"coco", "voc", "labelme"};
}

std::vector<Annotated> with_image_paths(std::vector<Annotated> annotated,
                                        std::vector<Problem>& problems) {
  std::vector<Annotated> result;
  for (Annotated& image : annotated) {
    if (image.incomplete) {
      problems.push_back(
          {image.image, "bad-annotation",
           fmt::format("{}: left out, since objects of it could not be read", image.source)});
      continue;
    }
    if (!image.file.empty()) {
      const fs::path folder = fs::path(image.file).parent_path();
      const fs::path beside = (folder / image.image).lexically_normal();
      image.image =
          (leaves(beside) ? folder / fs::path(image.image).filename() : beside).generic_string();
    }
    result.push_back(std::move(image));
  }
  return result;
}

void write_annotations(const std::vector<Annotated>& annotated, const std::string& format,
                       const fs::path& out, const fs::path& images,
                       std::vector<Problem>& problems) {
  const auto known = annotation_formats();
  if (std::ranges::find(known, format) == known.end())
    fail_unknown("boxes", "format", format, known);
  std::set<std::string> written;
  for (const Annotated& image : annotated) {
    if (leaves(image.image))
      fail("boxes", "image '{}': expected a path below the folder of the images", image.image);
    const std::string name =
        format == "coco" ? image.image : fs::path(image.image).replace_extension().string();
    if (!written.insert(name).second)
      fail("boxes", "image '{}': another one has the same name", image.image);
  }
  if (format == "coco") {
    write_json(out, to_coco(annotated));
    return;
  }
  for (const Annotated& image : annotated) {
    const bool voc = format == "voc";
    const fs::path file = out / fs::path(image.image).replace_extension(voc ? ".xml" : ".json");
    Annotated named = image;
    if (voc) {
      name_losses(image, problems);
    } else {
      named.image = images.empty() ? fs::path(image.image).filename().string()
                                   : fs::absolute(images / image.image)
                                         .lexically_relative(fs::absolute(file).parent_path())
                                         .generic_string();
    }
    write_text_atomic(file, voc ? to_voc(named) : to_labelme(named));
  }
}

}  // namespace paucal::labels
