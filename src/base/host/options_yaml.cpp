// Options from YAML; apart from the rest, so that the edge runtime needs no YAML library.
#include <yaml-cpp/yaml.h>

#include <set>

#include "base/error.h"
#include "base/files.h"
#include "base/options.h"
#include "base/text.h"

namespace paucal {
namespace {

constexpr std::string_view kPlace = "options";

// Assigns what a YAML tree holds. Every message names the line.
class YamlReader {
 public:
  YamlReader(Options& options, const std::string& origin) : options_(options), origin_(origin) {}

  void read(const YAML::Node& map, const std::string& prefix) {
    for (const auto& entry : map) {
      const auto key = prefix + entry.first.as<std::string>();
      try {
        if (!seen_.insert(key).second) fail(kPlace, "key '{}' is given twice", key);
        assign(key, entry.second);
      } catch (const Error& error) {
        // Only the innermost knows the line.
        if (located_) throw;
        located_ = true;
        fail(error.place(), "'{}' line {}: {}", origin_, entry.first.Mark().line + 1,
             error.message());
      }
    }
  }

 private:
  // Paths may be bytes that are not UTF-8: to_yaml() writes them escaped.
  static std::string text_of(const YAML::Node& scalar) {
    return unescape_bytes(scalar.as<std::string>());
  }

  void assign(const std::string& key, const YAML::Node& value) {
    // Groups only: a tree that refers to itself ends here.
    if (options_.has_group(key) && value.IsMap()) return read(value, key + ".");
    if (options_.has_group(key) && value.IsNull()) return;  // all of it commented out
    Option& option = options_.at(key);
    if (value.IsMap()) fail(kPlace, "{}: expected {}, not a map", key, option.expectation());
    if (value.IsNull()) {
      option.set_text("");
    } else if (value.IsSequence()) {
      Json items = Json::array();
      for (const auto& item : value) items.push_back(option.parse_element(text_of(item)));
      option.set(items);
    } else if (option.is_list()) {
      option.set_text(text_of(value));
    } else {
      option.set(option.parse_element(text_of(value)));
    }
  }

  Options& options_;
  const std::string& origin_;
  std::set<std::string> seen_;
  bool located_ = false;
};

}  // namespace

void Options::load_yaml(const std::filesystem::path& path) {
  load_yaml_text(read_text(path), path.string());
}

void Options::load_yaml_text(const std::string& text, const std::string& origin) {
  try {
    const YAML::Node root = YAML::Load(text);
    if (root.IsNull()) return;
    if (!root.IsMap()) fail(kPlace, "'{}': expected a YAML map of keys", origin);
    YamlReader(*this, origin).read(root, "");
  } catch (const YAML::Exception& error) {
    fail(kPlace, "'{}' line {}: {}", origin, error.mark.line + 1, error.msg);
  }
}

}  // namespace paucal
