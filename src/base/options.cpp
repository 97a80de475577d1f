#include "base/options.h"

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numeric>

#include "base/error.h"

namespace paucal {
namespace {

constexpr std::string_view kPlace = "options";

// What a field's type is called, and how one element is read from JSON.
template <class T>
struct Kind;
template <>
struct Kind<bool> {
  static constexpr std::string_view kName = "true or false";
};
template <>
struct Kind<int> {
  static constexpr std::string_view kName = "integer";
};
template <>
struct Kind<int64_t> {
  static constexpr std::string_view kName = "integer";
};
template <>
struct Kind<uint64_t> {
  static constexpr std::string_view kName = "integer";
};
template <>
struct Kind<double> {
  static constexpr std::string_view kName = "number";
};
template <>
struct Kind<std::string> {
  static constexpr std::string_view kName = "text";
};
template <class T>
struct Kind<std::vector<T>> {
  static constexpr std::string_view kName = "list";
};

std::string show(double x) {
  return Json(x).dump();
}

std::string expectation(const Option& option) {
  std::string text = option.type_name();
  if (!option.choices.empty()) text = fmt::format("one of {}", fmt::join(option.choices, ", "));
  const bool low = std::isfinite(option.range.low), high = std::isfinite(option.range.high);
  if (low && high) {
    text += fmt::format(" from {} to {}", show(option.range.low), show(option.range.high));
  } else if (low) {
    text += fmt::format(" of at least {}", show(option.range.low));
  } else if (high) {
    text += fmt::format(" of at most {}", show(option.range.high));
  }
  return text;
}

[[noreturn]] void refuse(const Option& option, const Json& value) {
  fail(kPlace, "{}={}: expected {}", option.key,
       value.is_string() ? value.get<std::string>() : value.dump(), expectation(option));
}

void read_element(const Option& option, const Json& whole, const Json& element, bool& out) {
  if (!element.is_boolean()) refuse(option, whole);
  out = element.get<bool>();
}

template <class T>
void read_number(const Option& option, const Json& whole, const Json& element, T& out) {
  if (!element.is_number()) refuse(option, whole);
  const double number = element.get<double>();
  if (!std::isfinite(number) || number < option.range.low || number > option.range.high)
    refuse(option, whole);
  if constexpr (std::is_integral_v<T>) {
    if (number != std::floor(number)) refuse(option, whole);
    if (number < static_cast<double>(std::numeric_limits<T>::min()) ||
        number >= std::ldexp(1.0, std::numeric_limits<T>::digits))
      refuse(option, whole);
    out = element.is_number_integer() ? element.get<T>() : static_cast<T>(number);
  } else {
    out = number;
  }
}
void read_element(const Option& o, const Json& w, const Json& e, int& x) {
  read_number(o, w, e, x);
}
void read_element(const Option& o, const Json& w, const Json& e, int64_t& x) {
  read_number(o, w, e, x);
}
void read_element(const Option& o, const Json& w, const Json& e, uint64_t& x) {
  read_number(o, w, e, x);
}
void read_element(const Option& o, const Json& w, const Json& e, double& x) {
  read_number(o, w, e, x);
}

void read_element(const Option& option, const Json& whole, const Json& element, std::string& out) {
  if (!element.is_string()) refuse(option, whole);
  const auto text = element.get<std::string>();
  if (!option.choices.empty() && std::ranges::find(option.choices, text) == option.choices.end())
    refuse(option, whole);
  out = text;
}

template <class T>
void read_element(const Option& option, const Json& whole, const Json& element,
                  std::vector<T>& out) {
  std::vector<T> items;
  if (element.is_array()) {
    for (const auto& item : element) read_element(option, whole, item, items.emplace_back());
  } else {  // a single value is a list of one
    read_element(option, whole, element, items.emplace_back());
  }
  out = std::move(items);
}

// Text as the scalar it means for a field of type T; what does not parse stays text, and is then
// refused with the expectation.
template <class T>
Json parse_scalar(std::string_view text, const T*) {
  if constexpr (std::is_same_v<T, std::string>) {
    return std::string(text);
  } else if constexpr (std::is_same_v<T, bool>) {
    if (text == "true" || text == "yes" || text == "on" || text == "1") return true;
    if (text == "false" || text == "no" || text == "off" || text == "0") return false;
  } else {
    const char* end = text.data() + text.size();
    if constexpr (std::is_integral_v<T>) {
      T integer;
      auto [p, error] = std::from_chars(text.data(), end, integer);
      if (error == std::errc() && p == end) return integer;
    }
    double number;
    auto [p, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc() && p == end) return number;
  }
  return std::string(text);
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.front())))
    text.remove_prefix(1);
  while (!text.empty() && std::isspace(static_cast<unsigned char>(text.back())))
    text.remove_suffix(1);
  return text;
}

template <class T>
Json parse_scalar(std::string_view text, const std::vector<T>*) {
  Json items = Json::array();
  if (text.size() >= 2 && text.front() == '[' && text.back() == ']')
    text = text.substr(1, text.size() - 2);
  if (trim(text).empty()) return items;
  for (size_t start = 0; start <= text.size();) {
    const size_t comma = std::min(text.find(',', start), text.size());
    items.push_back(
        parse_scalar(trim(text.substr(start, comma - start)), static_cast<T*>(nullptr)));
    start = comma + 1;
  }
  return items;
}

void flatten(const YAML::Node& node, const std::string& prefix, const std::string& origin,
             Options& options) {
  for (const auto& entry : node) {
    const auto key = prefix + entry.first.as<std::string>();
    const YAML::Node& value = entry.second;
    const int line = entry.first.Mark().line + 1;
    if (value.IsMap()) {
      flatten(value, key + ".", origin, options);
      continue;
    }
    try {
      std::string text;
      if (value.IsSequence()) {
        for (const auto& item : value) text += (text.empty() ? "" : ",") + item.as<std::string>();
      } else if (value.IsScalar()) {
        text = value.as<std::string>();
      }
      options.set(key, text);
    } catch (const Error& error) {
      fail(error.place(), "'{}' line {}: {}", origin, line, error.message());
    }
  }
}

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = diagonal + (std::tolower(a[i - 1]) != std::tolower(b[j - 1]));
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, change});
    }
  }
  return row[b.size()];
}

}  // namespace

Json Option::value() const {
  return std::visit([](const auto* pointer) { return Json(*pointer); }, field);
}

std::string Option::type_name() const {
  return std::visit(
      [](const auto* pointer) -> std::string {
        using T = std::decay_t<decltype(*pointer)>;
        if constexpr (std::is_same_v<T, std::vector<int>>) return "list of integers";
        if constexpr (std::is_same_v<T, std::vector<double>>) return "list of numbers";
        if constexpr (std::is_same_v<T, std::vector<std::string>>) return "list of texts";
        return std::string(Kind<T>::kName);
      },
      field);
}

void Option::set(const Json& value) {
  std::visit([&](auto* pointer) { read_element(*this, value, value, *pointer); }, field);
}

void Option::set_text(std::string_view text) {
  std::visit([&](auto* pointer) { set(parse_scalar(trim(text), pointer)); }, field);
}

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
  try {
    const YAML::Node root = YAML::LoadFile(path.string());
    if (root.IsNull()) return;
    if (!root.IsMap()) fail(kPlace, "'{}': expected a YAML map of keys", path.string());
    flatten(root, "", path.string(), *this);
  } catch (const YAML::BadFile&) {
    fail(kPlace, "'{}': cannot be read, expected a YAML recipe", path.string());
  } catch (const YAML::Exception& error) {
    fail(kPlace, "'{}' line {}: {}", path.string(), error.mark.line + 1, error.msg);
  }
}

void Options::load_yaml_text(const std::string& text, const std::string& origin) {
  try {
    const YAML::Node root = YAML::Load(text);
    if (root.IsNull()) return;
    if (!root.IsMap()) fail(kPlace, "'{}': expected a YAML map of keys", origin);
    flatten(root, "", origin, *this);
  } catch (const YAML::Exception& error) {
    fail(kPlace, "'{}' line {}: {}", origin, error.mark.line + 1, error.msg);
  }
}

void Options::load_json(const Json& nested) {
  const std::function<void(const Json&, const std::string&)> walk = [&](const Json& node,
                                                                        const std::string& prefix) {
    if (!node.is_object()) fail(kPlace, "{}: expected an object of keys", prefix);
    for (const auto& [name, value] : node.items()) {
      if (value.is_object()) {
        walk(value, prefix + name + ".");
      } else {
        at(prefix + name).set(value);
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
                        option.key.substr(start), option.value().dump(), option.help);
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
                        expectation(option), option.default_value.dump());
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
