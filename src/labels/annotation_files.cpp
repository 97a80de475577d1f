#include "labels/annotation_files.h"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/options.h"
#include "labels/path_matcher.h"

namespace paucal::labels {
namespace fs = std::filesystem;
namespace {

bool leaves(const fs::path& path) {
  const fs::path normal = path.lexically_normal();
  return normal.is_absolute() || normal.empty() || *normal.begin() == "..";
}

std::string_view text_of(const Bytes& data) {
  return {reinterpret_cast<const char*>(data.data()), data.size()};
}

// Of a file with this ending.
uint64_t most_bytes(const fs::path& path) {
  const std::string name = lower(path.string());
  uint64_t most = 0;
  for (const AnnotationFormat& format : annotation_formats())
    if (name.ends_with(format.ending)) most = std::max(most, format.max_bytes);
  return most;
}

// The image that an annotation file of Windows names, in slashes: "../photos/a.png". A name that
// its own file bears holds backslashes and no folders.
std::string without_backslashes(const Annotated& annotated) {
  std::string name = annotated.image;
  const fs::path stem = fs::path(annotated.file).stem(), own = fs::path(name).filename();
  if (stem == own || stem == own.stem()) return name;
  std::ranges::replace(name, '\\', '/');
  return name.starts_with('/') || name.find(":/") != 1 ? name : name.substr(2);
}

// Where the file of each image lies below the folder of annotations, without the ending.
std::vector<std::string> stems_of(const std::vector<Annotated>& annotated) {
  std::map<std::string, int> stems;
  std::set<std::string> names;
  for (const Annotated& image : annotated) {
    ++stems[without_extension(image.image)];
    names.insert(image.image);
  }
  std::vector<std::string> result;
  for (const Annotated& image : annotated) {
    const std::string stem = without_extension(image.image);
    result.push_back(stems[stem] > 1 || names.contains(stem) ? image.image : stem);
  }
  return result;
}

}  // namespace

const AnnotationFormat* format_of(const fs::path& path) {
  if (!expected_format(path)) return nullptr;
  const Result<Bytes> data = read_file(path, most_bytes(path));
  return data.ok() ? recognise_format(path, text_of(*data)) : nullptr;
}

std::vector<Annotated> read_annotation_file(const fs::path& path, const std::string& name,
                                            std::vector<Problem>& problems) {
  const AnnotationFormat* format = expected_format(path);
  if (!format)
    fail("boxes", "'{}': no annotation file, expected one of {}", path.string(),
         fmt::join(annotation_format_names(), ", "));
  const Bytes data = value_or_throw(read_file(path, most_bytes(path)));
  if (const AnnotationFormat* found = recognise_format(path, text_of(data))) format = found;
  if (data.size() > format->max_bytes)
    fail("boxes", "'{}': {} bytes, expected at most {} of a {} file", path.string(), data.size(),
         format->max_bytes, format->name);
  const size_t before = problems.size();
  std::vector<Annotated> read = format->read(text_of(data), path, problems);
  for (size_t i = before; i < problems.size(); ++i) problems[i].path = name;
  return read;
}

std::vector<fs::path> set_files(const fs::path& root) {
  std::vector<fs::path> found;
  for (const char* folder : {".", "annotations", "Annotations"}) {
    std::error_code error;
    std::vector<fs::path> paths;
    for (const auto& entry : fs::directory_iterator(root / folder, error))
      if (entry.is_regular_file(error) && !entry.path().filename().string().starts_with("."))
        paths.push_back(entry.path().lexically_normal());
    std::ranges::sort(paths);
    for (fs::path& path : paths) {
      const std::string name = lower(path.string());
      const bool may_be = std::ranges::any_of(annotation_formats(), [&](const auto& format) {
        return format.whole_set && name.ends_with(format.ending);
      });
      const AnnotationFormat* format = may_be ? format_of(path) : nullptr;
      if (format && format->whole_set) found.push_back(std::move(path));
    }
  }
  return found;
}

std::vector<Annotated> with_image_paths(std::vector<Annotated> annotated,
                                        std::vector<Problem>& problems) {
  std::vector<Annotated> result;
  std::map<std::string, size_t> known;
  for (Annotated& image : annotated) {
    if (!image.file.empty()) {
      const fs::path folder = fs::path(image.file).parent_path();
      image.image = without_backslashes(image);
      const fs::path beside = folder / image.image;
      image.image = (leaves(beside) ? folder / fs::path(image.image).filename() : beside).string();
    }
    image.image = fs::path(image.image).lexically_normal().generic_string();
    const auto [entry, is_new] = known.emplace(image.image, result.size());
    if (is_new) {
      result.push_back(std::move(image));
      continue;
    }
    Annotated& first = result[entry->second];
    first.incomplete |= image.incomplete;
    std::ranges::move(image.instances, std::back_inserter(first.instances));
  }
  std::erase_if(result, [&](const Annotated& image) {
    if (image.incomplete)
      problems.push_back(
          {image.image, "bad-annotation",
           fmt::format("{}: left out, since objects of it could not be read", image.source)});
    else if (leaves(image.image))
      problems.push_back(
          {image.image, "outside",
           fmt::format("{}: left out, expected a path below the folder of the images",
                       image.source)});
    else
      return false;
    return true;
  });
  return result;
}

void write_annotations(const std::vector<Annotated>& annotated, const std::string& name,
                       const fs::path& out, const fs::path& images,
                       std::vector<Problem>& problems) {
  const AnnotationFormat* format = find_annotation_format(name);
  if (!format) fail_unknown("boxes", "format", name, annotation_format_names());
  for (const Annotated& image : annotated)
    if (format->name_losses) format->name_losses(image, problems);
  if (format->whole_set) return write_text_atomic(out, format->write(annotated, ""));
  const std::vector<std::string> stems = stems_of(annotated);
  for (size_t i = 0; i < annotated.size(); ++i) {
    const Annotated& image = annotated[i];
    if (leaves(image.image))
      fail("boxes", "image '{}': expected a path below the folder of the images", image.image);
    const fs::path file = out / (stems[i] + std::string(format->ending));
    const std::string link = images.empty()
                                 ? fs::path(image.image).filename().string()
                                 : fs::absolute(images / image.image)
                                       .lexically_relative(fs::absolute(file).parent_path())
                                       .generic_string();
    write_text_atomic(file, format->write({&image, 1}, link));
  }
}

}  // namespace paucal::labels
