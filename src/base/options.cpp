#include "base/options.h"

#include <algorithm>
#include <cctype>
#include <functional>
#include <numeric>

#include "base/error.h"
#include "base/files.h"
#include "base/json_text.h"

namespace paucal {
namespace {

constexpr std::string_view kPlace = "options";

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

bool Options::has_group(std::string_view name) const {
  const auto begins = [&](std::string_view key) {
    return key.size() > name.size() && key.starts_with(name) && key[name.size()] == '.';
  };
  return std::ranges::any_of(options_, begins, &Option::key) ||
         std::ranges::any_of(aliases_, begins, &std::pair<std::string, std::string>::first);
}

Option& Options::at(std::string_view key) {
  for (const auto& [other, own] : aliases_)
    if (other == key) return at(own);
  for (auto& option : options_)
    if (option.key == key) return option;
  for (const auto& [old, own] : retired_)
    if (old == key) fail(kPlace, "{} is now {}", old, own);
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

void Options::load_json(const Json& nested) {
  if (!nested.is_object()) fail(kPlace, "{}: expected a JSON object of keys", nested.type_name());
  const std::function<void(const Json&, const std::string&)> walk = [&](const Json& node,
                                                                        const std::string& prefix) {
    for (const auto& [name, value] : node.items()) {
      const std::string key = prefix + name;
      if (value.is_object() && has_group(key)) {
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
                        option.key.substr(start), dump_json(option.value()), option.help);
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
    text += fmt::format("{:<{}}  {} [{}; default {}]\n", option.key, width, option.help,
                        option.expectation(), dump_json(option.default_value));
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
