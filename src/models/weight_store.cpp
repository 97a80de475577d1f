#include "models/weight_store.h"

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/error.h"
#include "base/file_access.h"
#include "base/files.h"
#include "base/sha256.h"
#include "base/shared_bytes.h"
#include "http/address.h"
#include "models/weight_format.h"
#include "models/weight_table.h"

namespace paucal::models {
namespace fs = std::filesystem;
namespace {

constexpr std::string_view kStore = "weights";
constexpr std::array<std::string_view, 2> kStoredEndings = {".pth", ".safetensors"};

fs::path absolute_variable(const char* name) {
  const char* value = std::getenv(name);
  const fs::path path = value ? value : "";
  return path.is_absolute() ? path : fs::path();  // as the XDG specification has it
}

// Empty where there is none, as for services without a home.
fs::path cache_folder() {
  const fs::path cache = absolute_variable("XDG_CACHE_HOME");
  const fs::path home = absolute_variable("HOME");
  return cache.empty() && !home.empty() ? home / ".cache" : cache;
}

// It becomes a file's name.
bool is_store_name(std::string_view name) {
  return !name.empty() && name.size() <= 100 && name.front() != '.' &&
         name.find_first_not_of(
             "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
             "._-") == std::string_view::npos;
}

fs::path stored_path(const std::string& name, std::string_view ending) {
  return weight_folder() / (name + std::string(ending));
}

std::string stored_text(const Json& json, const char* key) {
  return json.contains(key) && json[key].is_string() ? json[key].get<std::string>() : "";
}

// A file that is gone or edited only loses what it said.
StoredWeights read_stored(const std::string& name, const fs::path& path) {
  StoredWeights stored;
  stored.name = name;
  stored.path = path;
  std::error_code error;
  stored.size = fs::file_size(path, error);
  Json json;
  try {
    json = read_json(stored_path(name, ".json"));
  } catch (const Error&) {
  }
  if (!json.is_object()) return stored;
  stored.origin = stored_text(json, "origin");
  stored.file = stored_text(json, "file");
  stored.sha256 = stored_text(json, "sha256");
  stored.licence = stored_text(json, "licence");
  stored.checked = stored_text(json, "checked");
  if (json.contains("config")) stored.config = json["config"];
  return stored;
}

// Publishers put the first digits into the name: resnet18-f37072fd.pth.
bool name_tells_sha256(const std::string& file, const std::string& sha256) {
  constexpr size_t kFewest = 8;
  const size_t dash = file.rfind('-');
  if (dash == std::string::npos) return false;
  const std::string digits = file.substr(dash + 1, file.find('.', dash) - dash - 1);
  return digits.size() >= kFewest && sha256.starts_with(digits);
}

std::span<const uint8_t> bytes_of_map(const SharedBytes& map) {
  return {reinterpret_cast<const uint8_t*>(map.bytes.data()), map.bytes.size()};
}

std::string how_to_get(const WeightRow& row) {
  return fmt::format(
      "fetch one of them elsewhere and type `paucal weights get {} --from FILE` (or "
      "an address): {}",
      row.name, row.files);
}

// What was fetched lies in a file of its own until it is unpacked and checked.
struct WeightSource {
  fs::path path;
  bool temporary = false;
  StoredWeights facts;
};

// Removes a file at its end, if it has one.
struct Removal {
  fs::path path;
  ~Removal() {
    std::error_code ignored;
    if (!path.empty()) fs::remove(path, ignored);
  }
};

WeightSource fetch_weights(const std::string& name, const std::string& url, const WeightRow* table,
                           const GetOptions& options, const http::OnProgress& progress) {
  const auto address = value_or_throw(http::parse_address(url));
  WeightSource source{stored_path(name, ".download"), true, {}};
  source.facts.origin = address.shown;
  source.facts.file = address.file_name();
  http::Expected expected;
  if (table) expected = {table->address.size, std::string(table->address.sha256)};
  const auto result = http::download(url, source.path, expected, options.download, progress);
  if (!result.ok()) {
    std::string hint;
    if (const WeightRow* row = find_weight_row(name)) hint = "; or " + how_to_get(*row);
    throw Error(result.failure().place, result.failure().message + hint);
  }
  source.facts.checked = result->checked == http::Download::Checked::kServer ? "server" : "nothing";
  return source;
}

WeightSource local_weights(const std::string& file) {
  WeightSource source{file, false, {}};
  source.facts.origin = fs::absolute(file).string();
  source.facts.file = source.path.filename().string();
  source.facts.checked = "nothing";
  std::error_code error;
  const fs::path config = fs::absolute(file).parent_path() / "config.json";
  if (fs::is_regular_file(config, error)) source.facts.config = read_json(config);
  return source;
}

// The table's own file has the table's size and digest; another may have any.
void check_weights_file(std::span<const uint8_t> bytes, const WeightRow* table,
                        StoredWeights& facts) {
  facts.size = bytes.size();
  facts.sha256 = sha256_hex(bytes);
  if (table && (bytes.size() != table->size || facts.sha256 != table->sha256))
    fail(kStore, "'{}': {} bytes with SHA-256 {}, expected {} with {}", facts.origin, bytes.size(),
         facts.sha256, table->size, table->sha256);
  const WeightRow* known = find_weight_sha256(facts.sha256);
  if (known) {
    facts.checked = "table";
    facts.licence = known->licence;
  } else if (facts.checked == "nothing" && name_tells_sha256(facts.file, facts.sha256)) {
    facts.checked = "file name";
  }
}

// Replaces what is there. The facts go first and come last: a file is never with another's.
void write_store(std::span<const uint8_t> bytes, std::string_view ending, StoredWeights& facts) {
  const fs::path json = stored_path(facts.name, ".json");
  facts.path = stored_path(facts.name, ending);
  AtomicFile file(facts.path);
  file.append(bytes);
  std::error_code ignored;
  fs::remove(json, ignored);
  file.commit();
  for (const std::string_view other : kStoredEndings)
    if (other != ending) fs::remove(stored_path(facts.name, other), ignored);
  write_json(json, facts.to_json());
}

void store_source(WeightSource& source, const WeightRow* table) {
  StoredWeights& facts = source.facts;
  const std::string origin = facts.origin;
  const SharedBytes map = value_or_throw(map_file(source.path));
  std::span<const uint8_t> bytes = bytes_of_map(map);
  ArchivedWeights unpacked;
  if (is_archive(bytes)) {
    unpacked =
        weights_in_archive(bytes, table ? table->address.member : std::string_view(), origin);
    bytes = unpacked.bytes;
    facts.file = unpacked.name;
  }
  const auto format = weight_format(bytes);
  if (!format)
    fail(kStore, "'{}': {} bytes that are no weight file, expected safetensors or PyTorch's .pth",
         origin, bytes.size());
  check_weights_file(bytes, table, facts);
  write_store(bytes, format_ending(*format), facts);
}

}  // namespace

Json StoredWeights::to_json() const {
  Json json = {{"origin", origin}, {"file", file},       {"size", size},
               {"sha256", sha256}, {"licence", licence}, {"checked", checked}};
  if (!config.is_null()) json["config"] = config;
  return json;
}

fs::path weight_folder() {
  const fs::path cache = cache_folder();
  if (cache.empty())
    fail(kStore, "no folder for weights: neither XDG_CACHE_HOME nor HOME is an absolute path");
  return cache / "paucal" / "weights";
}

std::optional<StoredWeights> stored_weights(const std::string& name) {
  if (!is_store_name(name) || cache_folder().empty()) return {};
  std::error_code error;
  for (const std::string_view ending : kStoredEndings) {
    const fs::path path = stored_path(name, ending);
    if (fs::is_regular_file(path, error)) return read_stored(name, path);
  }
  return {};
}

std::vector<StoredWeights> all_stored_weights() {
  std::vector<StoredWeights> all;
  if (cache_folder().empty()) return all;
  for (const std::string& file : list_files(weight_folder()))
    for (const std::string_view ending : kStoredEndings)
      if (file.ends_with(ending))
        if (auto stored = stored_weights(file.substr(0, file.size() - ending.size())))
          all.push_back(std::move(*stored));
  return all;
}

std::optional<StoredWeights> stored_facts(const fs::path& path) {
  auto stored = stored_weights(path.stem().string());
  std::error_code error;
  if (!stored || !fs::equivalent(stored->path, path, error)) return {};
  return stored;
}

fs::path find_weights(const std::string& file_or_name) {
  std::error_code error;
  // A folder of that name is none of them.
  if (fs::exists(file_or_name, error) && !fs::is_directory(file_or_name, error))
    return file_or_name;
  if (const auto stored = stored_weights(file_or_name)) return stored->path;
  if (const WeightRow* row = find_weight_row(file_or_name))
    fail(kStore, "'{}' is not here yet: type `paucal weights get {}`{}", row->name, row->name,
         row->address.url.empty() ? " --from FILE" : "");
  fail(kStore, "'{}': no such file, and no name of `paucal weights list`: {}", file_or_name,
       fmt::join(weight_names(), ", "));
}

StoredWeights get_weights(const std::string& name, const GetOptions& options,
                          const http::OnProgress& progress) {
  if (!options.force)
    if (auto stored = stored_weights(name)) return *stored;
  const WeightRow* row = find_weight_row(name);
  if (!row && options.from.empty()) fail_unknown(kStore, "weights", name, weight_names());
  if (!is_store_name(name))
    fail(kStore, "name '{}', expected at most 100 letters, digits, '.', '_' and '-'", name);
  if (options.from.empty() && row->address.url.empty())
    fail(kStore, "'{}': no address is known; {}", name, how_to_get(*row));

  const WeightRow* table = options.from.empty() ? row : nullptr;
  const std::string url = table ? std::string(table->address.url) : options.from;
  WeightSource source = table || http::is_address(url)
                            ? fetch_weights(name, url, table, options, progress)
                            : local_weights(url);
  const Removal removal{source.temporary ? source.path : fs::path()};
  source.facts.name = name;
  store_source(source, table);
  return source.facts;
}

}  // namespace paucal::models
