#include "pipeline/kept_folder.h"

#include <algorithm>
#include <charconv>
#include <map>

#include "base/files.h"
#include "base/host/log.h"

namespace paucal::pipeline {
namespace fs = std::filesystem;
namespace {

constexpr const char* kStamp = "fingerprint";
constexpr const char* kRecord = "stages.json";

bool is_of(const fs::path& folder, const std::string& key) {
  return fs::exists(folder / kStamp) && read_text(folder / kStamp) == key;
}

// RUN/train.1 …, by rising number; some may have been taken back, or deleted by hand.
std::map<int, fs::path> kept(const fs::path& folder) {
  std::map<int, fs::path> folders;
  const std::string prefix = folder.filename().string() + ".";
  for (const auto& entry : fs::directory_iterator(folder.parent_path())) {
    const std::string name = entry.path().filename().string();
    int number = 0;
    if (!name.starts_with(prefix)) continue;
    const char* end = name.data() + name.size();
    const auto read = std::from_chars(name.data() + prefix.size(), end, number);
    if (read.ec == std::errc() && read.ptr == end) folders[number] = entry.path();
  }
  return folders;
}

// Files of the stages that lie in the run folder itself.
std::vector<std::string> files_beside(const std::vector<const Stage*>& stages) {
  std::vector<std::string> files;
  for (const Stage* stage : stages)
    for (const std::string& file : stage->makes)
      if (!file.starts_with(stages[0]->folder + "/")) files.push_back(file);
  return files;
}

void move_files(const std::vector<std::string>& files, const fs::path& from, const fs::path& to) {
  for (const std::string& file : files)
    if (fs::exists(from / file)) fs::rename(from / file, to / file);
}

// The record first and the folder's name last: killed in between, the next process finds a folder
// of another key and does the rest.
void set_aside(const fs::path& run, const std::vector<const Stage*>& stages, Json& done) {
  const fs::path folder = run / stages[0]->folder;
  Json record = fs::exists(folder / kRecord) ? read_json(folder / kRecord) : Json::object();
  for (const Stage* stage : stages)
    if (done.contains(stage->name)) record[stage->name] = done[stage->name];
  write_json(folder / kRecord, record);
  for (const Stage* stage : stages) done.erase(stage->name);
  write_json(run / kRecord, done);
  move_files(files_beside(stages), run, folder);
  const std::map<int, fs::path> others = kept(folder);
  const int number = others.empty() ? 1 : others.rbegin()->first + 1;
  const fs::path aside = folder.string() + "." + std::to_string(number);
  fs::rename(folder, aside);
  log::info("{}: its inputs have changed; what was there is kept in '{}'", stages[0]->name,
            aside.string());
}

// The files first and the record last: killed in between, the stages run again.
void take_back(const fs::path& run, const std::vector<const Stage*>& stages, Json& done) {
  const fs::path folder = run / stages[0]->folder;
  if (!fs::exists(folder / kRecord)) return;
  const Json record = read_json(folder / kRecord);
  move_files(files_beside(stages), folder, run);
  for (const Stage* stage : stages)
    if (record.contains(stage->name)) done[stage->name] = record[stage->name];
  write_json(run / kRecord, done);
  fs::remove(folder / kRecord);
}

}  // namespace

bool has_folder(const fs::path& folder, const std::string& key) {
  return is_of(folder, key) || std::ranges::any_of(kept(folder), [&](const auto& aside) {
           return is_of(aside.second, key);
         });
}

void choose_folder(const fs::path& run, const std::vector<const Stage*>& stages,
                   const std::string& key, Json& done) {
  const fs::path folder = run / stages[0]->folder;
  if (fs::exists(folder) && !is_of(folder, key)) set_aside(run, stages, done);
  for (const auto& [number, aside] : kept(folder)) {
    if (fs::exists(folder) || !is_of(aside, key)) continue;
    fs::rename(aside, folder);
    log::info("{}: taken back from '{}'", stages[0]->name, aside.string());
  }
  take_back(run, stages, done);
  if (!is_of(folder, key)) write_text_atomic(folder / kStamp, key);
}

}  // namespace paucal::pipeline
