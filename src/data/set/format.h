#pragma once
// How the labels of a folder are stored.

#include <filesystem>
#include <string>
#include <vector>

#include "data/set/options.h"

namespace paucal::data {

struct Source {
  std::filesystem::path root;
  std::string format;                        // of label_formats(), without auto
  std::vector<std::filesystem::path> files;  // the manifest, or the files of whole sets (COCO)
};

// In this order: data.split, data.labels or split.csv in the root (csv); the one .csv or .jsonl
// file in the root; COCO files in the root or its annotations/ folder; two or more folders with
// images (folder); .xml files (voc); .json files (labelme); else folder. data.format skips the
// guessing, data.root may be the manifest itself. Throws Error where nothing is there, or where
// several manifests could be meant.
Source find_source(const DataOptions& options);

}  // namespace paucal::data
