#pragma once
// Manifests: a CSV or JSON Lines file that names each image with its class.

#include <filesystem>

#include "data/files/file_index.h"
#include "data/set/truth_table.h"

namespace paucal::data {

// Columns `path` or `name`, and `class`; optional `split`, `group`, `mask`, `part`; others are
// ignored. Paths and masks are relative to the root (see FileIndex::resolve). A row that cannot be
// used becomes a problem with its line, and so do classes outside `classes` (see names_class) and
// images that an earlier line names; files that are not there become "missing". Throws Error where
// the file as a whole cannot be used.
void read_csv_manifest(const std::filesystem::path& path, const FileIndex& files,
                       const std::vector<std::string>& classes, LabelledSet& set);

// One object a line with the same fields, and `boxes`: [[x0, y0, x1, y1], …] or
// [{"box": [x0, y0, x1, y1], "class": "scratch", "polygon": [[x, y], …]}, …]; an empty list says
// that there is nothing on the image.
void read_jsonl_manifest(const std::filesystem::path& path, const FileIndex& files,
                         const std::vector<std::string>& classes, LabelledSet& set);

// Whether `classes`, in any case, hold this name; none at all allow every name.
bool names_class(const std::vector<std::string>& classes, const std::string& name);

}  // namespace paucal::data
