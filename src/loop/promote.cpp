#include "loop/promote.h"

#include <fcntl.h>
#include <sys/file.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/error.h"
#include "base/file_access.h"
#include "base/files.h"
#include "base/sha256.h"
#include "edge/runtime/predictor.h"
#include "serve/golden.h"
#include "serve/models_folder.h"

namespace paucal::loop {
namespace {

namespace fs = std::filesystem;

// What the server would refuse is refused here.
void check_model(const fs::path& model, const fs::path& golden) {
  const auto predictor = value_or_throw(edge::Predictor::open(model));
  if (!golden.empty()) value_or_throw(serve::check_golden(*predictor, golden));
}

int highest_version(const fs::path& models, const std::string& name) {
  int highest = 0;
  for (const auto& found : serve::find_models(models, {}).models)
    if (found.name == name) highest = std::max(highest, found.version);
  return highest;
}

void copy_folder(const fs::path& from, const fs::path& to) {
  fs::remove_all(to);
  for (const std::string& file : list_files(from))
    write_file_atomic(to / file, value_or_throw(read_file(from / file)));
}

// One process at a time, so that nobody else takes the number between the images and the file.
Descriptor lock_models(const fs::path& folder) {
  const fs::path file = folder / ".lock";
  Descriptor lock(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600));
  if (!lock.ok() || ::flock(lock.get(), LOCK_EX) != 0)
    fail("promote", "'{}': {}", file.string(), std::strerror(errno));
  return lock;
}

}  // namespace

Placed place_model(const fs::path& model, const fs::path& models, const std::string& name) {
  if (!serve::is_model_name(name))
    fail("promote", "name '{}', expected letters, digits, '_', '.' and '-'", name);
  const fs::path beside = fs::path(model).replace_extension(".golden");
  const fs::path golden = fs::is_directory(beside) ? beside : fs::path();
  const Bytes bytes = value_or_throw(read_file(model));
  check_model(model, golden);
  const fs::path folder = models / name;
  fs::create_directories(folder);
  Placed placed{.sha256 = sha256_hex(std::span<const uint8_t>(bytes))};
  const Descriptor lock = lock_models(folder);
  placed.version = highest_version(models, name) + 1;
  placed.file = folder / fmt::format("{}.paucal", placed.version);
  if (!golden.empty()) {
    placed.golden = folder / fmt::format("{}.golden", placed.version);
    copy_folder(golden, placed.golden);
  }
  write_file_atomic(placed.file, bytes);
  return placed;
}

fs::path newest_model(const fs::path& models, const std::string& name) {
  fs::path newest;
  int version = 0;
  for (const auto& found : serve::find_models(models, {}).models)
    if (found.name == name && found.version > version) {
      version = found.version;
      newest = found.file;
    }
  return newest;
}

}  // namespace paucal::loop
