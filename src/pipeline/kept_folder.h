#pragma once
// The folder of a stage that took long: set aside where it has to start anew, and taken back where
// what it was made from comes back.
//
//   RUN/train/fingerprint    the key that it is made for
//   RUN/train.1/             another key's: the folder, the files made from it, and their lines of
//                            stages.json

#include <filesystem>
#include <string>
#include <vector>

#include "pipeline/dag.h"

namespace paucal::pipeline {

// Whether `folder` (RUN/train), or one that was set aside from it, is that of `key`.
bool has_folder(const std::filesystem::path& folder, const std::string& key);

// Makes RUN/FOLDER that of `key`; FOLDER is that of the first of `stages`, the others are made from
// its files. `done`: the content of stages.json, which is written where it changes.
void choose_folder(const std::filesystem::path& run, const std::vector<const Stage*>& stages,
                   const std::string& key, Json& done);

}  // namespace paucal::pipeline
