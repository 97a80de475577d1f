#pragma once
// The files of models: DIR/NAME/VERSION.paucal, or DIR/NAME.paucal, which is version 1; beside them
// VERSION.golden/ (NAME.golden/), images with what is expected of them. Hidden entries are left
// out.

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "serve/options.h"

namespace paucal::serve {

// [A-Za-z0-9][A-Za-z0-9_.-]{0,63}, but `stats`, which is a path of the protocol.
bool is_model_name(std::string_view name);

// Tells whether a file changed.
struct FileStamp {
  std::uint64_t size = 0, inode = 0;
  std::int64_t changed_ns = 0;
  bool operator==(const FileStamp&) const = default;
};
std::optional<FileStamp> stamp_of(const std::filesystem::path& file);  // none: no regular file

struct FoundModel {
  std::string name;
  int version = 1;
  std::filesystem::path file, golden;  // golden: whether there is one or not
  FileStamp stamp;
};

struct FoundModels {
  std::vector<FoundModel> models;     // by name and version
  std::vector<std::string> problems;  // what is passed over and should not be there
};

// `folder` may be empty; `files` are added to what is in it, and stand for their names.
FoundModels find_models(const std::filesystem::path& folder, const std::vector<NamedFile>& files);

}  // namespace paucal::serve
