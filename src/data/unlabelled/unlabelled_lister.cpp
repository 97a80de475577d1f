#include "data/unlabelled/unlabelled_lister.h"

#include <algorithm>

#include "base/error.h"
#include "data/files/file_index.h"
#include "data/files/mask_beside.h"
#include "data/files/tar.h"

namespace paucal::data {
namespace fs = std::filesystem;
namespace {

using SourceKind = UnlabelledSource::Kind;

constexpr std::string_view kUnlabelledListerPlace = "unlabelled";
constexpr size_t kShownProblems = 20;

std::string join(const std::string& folder, const std::string& name) {
  return folder == "." ? name : fmt::format("{}/{}", folder, name);
}

bool is_hidden(std::string_view path) {
  return path.substr(path.find_last_of('/') + 1).starts_with('.');  // npos + 1 is 0
}

}  // namespace

bool is_tar(std::string_view path) {
  return lower(path).ends_with(".tar");
}

UnlabelledLister::UnlabelledLister(const fs::path& root, const fs::path& index)
    : root_(root), writer_(index, root), progress_("list images", 0) {}

void UnlabelledLister::problem(const std::string& path, const char* kind, std::string message) {
  ++report_.problem_count;
  if (report_.problems.size() < kShownProblems)
    report_.problems.push_back({path, kind, std::move(message)});
}

std::vector<std::string> UnlabelledLister::names_in(const std::string& folder) {
  std::vector<std::string> names;
  std::error_code error, ignored;
  fs::directory_iterator entry(root_ / folder, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    std::string name = entry->path().filename().string();
    if (is_passed_over(name)) continue;
    if (!entry->is_directory(ignored)) {
      if (has_image_extension(name) || is_tar(name))
        names.push_back(std::move(name));
      else
        ++report_.other_files;
    } else if (entry->is_symlink(ignored)) {
      problem(join(folder, name), "folder-link", "a link to a folder, not followed");
    } else if (folder != "." || !is_truth_path(name, root_, "")) {
      // '/' so that the names sort as the whole paths do: "a-b/x" before "a/x".
      names.push_back(std::move(name) + "/");
    }
  }
  if (error) problem(folder, "unreadable", fmt::format("'{}': {}", folder, error.message()));
  std::ranges::sort(names);
  return names;
}

void UnlabelledLister::folder(const std::string& path) {
  const uint32_t source = add_source(stamped(root_, path, SourceKind::kFolder));
  const std::vector<std::string> names = names_in(path);
  const HasFile has = [&](const std::string& name) {
    return std::ranges::binary_search(names, name);
  };
  for (const std::string& name : names) {
    if (name.ends_with('/')) {
      folder(join(path, name.substr(0, name.size() - 1)));
    } else if (is_tar(name)) {
      archive(join(path, name));
    } else if (!masked_image(name, has).empty()) {
      ++report_.other_files;
    } else {
      file(source, path, name);
    }
  }
}

void UnlabelledLister::archive(const std::string& path) {
  const auto file = InputFile::open(root_ / path);
  if (!file.ok()) return problem(path, "unreadable", file.failure().message);
  const uint32_t source = add_source(stamped(root_, path, SourceKind::kPack));
  const auto read = [&](uint64_t offset, uint64_t size) { return file->read(offset, size); };
  TarReader reader(read, file->size(), path);
  for (;;) {
    const auto next = reader.next();
    if (!next.ok()) return problem(path, "bad-archive", next.failure().message);
    if (!*next) return;
    const auto& [name, offset, size] = **next;
    if (is_hidden(name) || !has_image_extension(name))
      ++report_.other_files;
    else
      add(source, name, offset, size, path);
  }
}

void UnlabelledLister::file(uint32_t source, const std::string& folder, const std::string& name,
                            const std::string& class_name) {
  const std::string path = join(folder, name);
  std::error_code error;
  const fs::directory_entry entry(root_ / path, error);
  if (error || !entry.exists(error)) {
    problem(path, "missing", fmt::format("'{}': no such file", path));
  } else if (!entry.is_regular_file(error)) {
    problem(path, "unreadable", fmt::format("'{}': not a regular file", path));
  } else {
    add(source, name, 0, entry.file_size(error), path, class_name);
  }
}

void UnlabelledLister::add(uint32_t source, const std::string& name, uint64_t offset, uint64_t size,
                           const std::string& path, const std::string& class_name) {
  const size_t longest = std::max(name.size(), class_name.size());
  if (longest >= UnlabelledIndex::kMaxNameBytes || (name + class_name).find('\0') != name.npos) {
    problem(path, "unreadable",
            fmt::format("a name of {} bytes, expected below {} and no NUL", longest,
                        UnlabelledIndex::kMaxNameBytes));
  } else if (size == 0) {
    problem(path, "empty", fmt::format("'{}': 0 bytes", name));
  } else if (size > UnlabelledIndex::kMaxImageBytes) {
    problem(path, "unreadable",
            fmt::format("'{}': {} bytes, expected at most {}", name, size,
                        UnlabelledIndex::kMaxImageBytes));
  } else {
    writer_.add(source, name, offset, size, class_name);
    progress_.advance();
  }
}

UnlabelledReport UnlabelledLister::finish(const fs::path& source) {
  report_.images = writer_.size();
  if (report_.images == 0)
    fail(kUnlabelledListerPlace,
         "'{}': no image in it; {} files of other kinds, {} lines held out, {} problems{}",
         source.string(), report_.other_files, report_.held_out, report_.problem_count,
         report_.problems.empty() ? "" : ": " + report_.problems[0].message);
  writer_.commit();
  return std::move(report_);
}

}  // namespace paucal::data
