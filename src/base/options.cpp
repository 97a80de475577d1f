#include "base/options.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <cctype>
#include <functional>
#include <numeric>
#include <set>

#include "base/error.h"
#include "base/files.h"

namespace paucal {
namespace {

constexpr std::string_view kPlace = "options";

// Texts may hold bytes that are not UTF-8 (paths): show them replaced rather than fail.
std::string show(const Json& value) {
  return value.dump(-1, ' ', false, Json::error_handler_t::replace);
}

// Whether some key lies in the group `name`.
bool is_group(const Options& options, const std::string& name) {
  return std::ranges::any_of(options.all(),
                             [&](const Option& o) { return o.key.starts_with(name + "."); });
}

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
  void assign(const std::string& key, const YAML::Node& value) {
    // Groups only: a tree that refers to itself ends here.
    if (is_group(options_, key) && value.IsMap()) return read(value, key + ".");
    if (is_group(options_, key) && value.IsNull()) return;  // all of it commented out
    Option& option = options_.at(key);
    if (value.IsMap()) fail(kPlace, "{}: expected {}, not a map", key, option.expectation());
    if (value.IsNull()) {
      option.set_text("");
    } else if (value.IsSequence()) {
      Json items = Json::array();
      for (const auto& item : value) items.push_back(option.parse_element(item.as<std::string>()));
      option.set(items);
    } else if (option.is_list()) {
      option.set_text(value.Scalar());
    } else {
      option.set(option.parse_element(value.Scalar()));
    }
  }

  Options& options_;
  const std::string& origin_;
  std::set<std::string> seen_;
  bool located_ = false;
};

// std::tolower is undefined for the negative chars of UTF-8.
int lower_case(char c) {
  return std::tolower(static_cast<unsigned char>(c));
}

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = diagonal + (lower_case(a[i - 1]) != lower_case(b[j - 1]));
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row[b.size()];
}

}  // namespace

void OptionVisitor::add(Option::Field field, std::string_view name, std::string_view help,
                        Range range, std::vector<std::string> choices) {
  Option option{
      prefix_ + std::string(name), std::string(help), range, std::move(choices), field, {}};
  option.default_value = option.value();
  options_.add(std::move(option));
}

Option& Options::at(std::string_view key) {
  for (auto& option : options_)
    if (option.key == key) return option;
  std::vector<std::string> known;
  for (const auto& option : options_) known.push_back(option.key);
  fail_unknown(kPlace, "key", key, known);
}

void Options::set(std::string_view key, std::string_view text) {
  at(key).set_text(text);
}

void Options::assign(std::string_view text) {
  const size_t equals = text.find('=');
  if (equals == std::string_view::npos || equals == 0)
    fail(kPlace, "'{}': expected key=value", text);
  set(trim(text.substr(0, equals)), text.substr(equals + 1));
}

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

void Options::load_json(const Json& nested) {
  if (!nested.is_object()) fail(kPlace, "{}: expected a JSON object of keys", nested.type_name());
  const std::function<void(const Json&, const std::string&)> walk = [&](const Json& node,
                                                                        const std::string& prefix) {
    for (const auto& [name, value] : node.items()) {
      const std::string key = prefix + name;
      if (value.is_object() && is_group(*this, key)) {
        walk(value, key + ".");
      } else {
        at(key).set(value);
      }
    }
  };
  walk(nested, "");
}

Json Options::to_json() const {
  Json root = Json::object();
  for (const auto& option : options_) {
    Json* node = &root;
    size_t start = 0;
    for (size_t dot; (dot = option.key.find('.', start)) != std::string::npos; start = dot + 1)
      node = &(*node)[option.key.substr(start, dot - start)];
    (*node)[option.key.substr(start)] = option.value();
  }
  return root;
}

std::string Options::to_yaml() const {
  std::string text;
  std::vector<std::string> open;  // the groups that the last line stood in
  for (const auto& option : options_) {
    std::vector<std::string> parts;
    size_t start = 0;
    for (size_t dot; (dot = option.key.find('.', start)) != std::string::npos; start = dot + 1)
      parts.push_back(option.key.substr(start, dot - start));
    size_t same = 0;
    while (same < parts.size() && same < open.size() && parts[same] == open[same]) ++same;
    for (size_t level = same; level < parts.size(); ++level)
      text += fmt::format("{}{}:\n", std::string(2 * level, ' '), parts[level]);
    open = parts;
    // JSON scalars and lists are YAML as they stand.
    text += fmt::format("{}{}: {}  # {}\n", std::string(2 * parts.size(), ' '),
                        option.key.substr(start), show(option.value()), option.help);
  }
  return text;
}

std::string Options::help() const {
  std::string text;
  std::string group;
  size_t width = 0;
  for (const auto& option : options_) width = std::max(width, option.key.size());
  for (const auto& option : options_) {
    const size_t dot = option.key.rfind('.');
    const std::string own = dot == std::string::npos ? "" : option.key.substr(0, dot);
    if (own != group) {
      group = own;
      for (const auto& [name, help] : groups_)
        if (name == own) text += fmt::format("\n{}: {}\n", name, help);
    }
    text += fmt::format("  {:<{}}  {} [{}; default {}]\n", option.key, width, option.help,
                        option.expectation(), show(option.default_value));
  }
  return text;
}

std::vector<std::string> nearest_names(std::string_view name, const std::vector<std::string>& known,
                                       size_t count) {
  std::vector<std::pair<size_t, std::string>> ranked;
  for (const auto& candidate : known) {
    size_t distance = edit_distance(name, candidate);
    // "lr" should find "train.lr": the last part of a dotted key counts as well.
    const size_t dot = candidate.rfind('.');
    if (dot != std::string::npos)
      distance = std::min(distance, edit_distance(name, candidate.substr(dot + 1)) + 1);
    ranked.emplace_back(distance, candidate);
  }
  std::ranges::stable_sort(ranked, {}, &std::pair<size_t, std::string>::first);
  std::vector<std::string> names;
  for (const auto& [distance, candidate] : ranked)
    if (names.size() < count && distance <= std::max<size_t>(3, name.size() / 2))
      names.push_back(candidate);
  return names;
}

void fail_unknown(std::string_view place, std::string_view what, std::string_view name,
                  const std::vector<std::string>& known) {
  const auto near = nearest_names(name, known);
  const std::string hint =
      near.empty() ? "" : fmt::format(", did you mean {}?", fmt::join(near, " or "));
  if (known.size() > 20) fail(place, "unknown {} '{}'{}", what, name, hint);
  fail(place, "unknown {} '{}'{} (known: {})", what, name, hint, fmt::join(known, ", "));
}

}  // namespace paucal
