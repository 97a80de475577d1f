#pragma once
// Options structs: every field with its default, its bounds and one line of help. One visit()
// feeds YAML, key=value, --help, checkpoints and docs:
//
//   struct SgdOptions {
//     double lr = 0.03;
//     std::string schedule = "cosine";
//     template <class V> void visit(V& v) {
//       v(lr, "lr", "peak learning rate", Range{0, 10});
//       v(schedule, "schedule", "how the rate falls", OneOf{{"cosine", "constant"}});
//     }
//   };
//   SgdOptions sgd;
//   Options options = options_of(sgd);     // refers to sgd
//   options.set("lr", "0.1");               // throws Error: bounds, types, unknown keys
//
// Structs nest with v.group(member, "name", "help"); keys are then dotted: "train.lr".
// Field types: bool, int, int64_t, uint64_t, double, std::string, std::vector of int, double or
// std::string (written a,b,c as text), and enums: OneOf{} then names the enumerators 0, 1, 2 … in
// their order, and texts and JSON hold the names.

#include <cstdint>
#include <filesystem>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <type_traits>
#include <variant>
#include <vector>

#include "base/json.h"

namespace paucal {

// Inclusive bounds of a number (or of each element of a list).
struct Range {
  double low = -std::numeric_limits<double>::infinity();
  double high = std::numeric_limits<double>::infinity();
};

// The values a string or an enum may take.
struct OneOf {
  std::vector<std::string> names;
};

// A field of some enum, read and written as the number of its enumerator.
struct EnumField {
  void* field;
  size_t (*get)(const void* field);
  void (*set)(void* field, size_t number);
};
template <class E>
EnumField enum_field(E& field) {
  return {&field, [](const void* f) { return static_cast<size_t>(*static_cast<const E*>(f)); },
          [](void* f, size_t number) { *static_cast<E*>(f) = static_cast<E>(number); }};
}

// One field: its meaning, and a pointer to where it lives.
struct Option {
  using Field = std::variant<bool*, int*, int64_t*, uint64_t*, double*, std::string*, EnumField,
                             std::vector<int>*, std::vector<double>*, std::vector<std::string>*>;

  std::string key;  // dotted, e.g. "train.lr"
  std::string help;
  Range range;
  std::vector<std::string> choices;
  Field field;
  Json default_value;

  Json value() const;
  std::string type_name() const;    // "integer", "list of numbers", …
  std::string expectation() const;  // "integer from 1 to 9", "one of a, b"
  bool is_list() const { return field.index() >= 7; }
  void set(const Json& value);  // throws Error with key, value and what was expected
  void set_text(std::string_view text);
  // Text as one value of the field, or one element of its list; what does not parse stays text,
  // which set() then refuses.
  Json parse_element(std::string_view text) const;
};

// The fields of an options struct, in the order they were declared.
class Options {
 public:
  std::vector<Option>& all() { return options_; }
  const std::vector<Option>& all() const { return options_; }
  const std::vector<std::pair<std::string, std::string>>& groups() const { return groups_; }

  // Unknown keys are refused, and the message lists the nearest known ones.
  Option& at(std::string_view key);
  bool has_group(std::string_view name) const;  // whether some key begins with "name."
  void set(std::string_view key, std::string_view text);
  void assign(std::string_view key_equals_value);  // "train.lr=0.1"
  void load_yaml(const std::filesystem::path& path);
  void load_yaml_text(const std::string& text, const std::string& origin);
  void load_json(const Json& nested);

  Json to_json() const;         // nested objects
  std::string to_yaml() const;  // with the help as comments
  std::string help() const;     // a table: key, type, default, bounds, meaning

  // Another name of a key, as users of other tools know it; it is read, and never written.
  void alias(std::string other, std::string key) {
    aliases_.emplace_back(std::move(other), std::move(key));
  }

  // A key of earlier versions: refused, and the message names the one that holds its place.
  void retire(std::string old, std::string key) {
    retired_.emplace_back(std::move(old), std::move(key));
  }

  void add(Option option) { options_.push_back(std::move(option)); }
  // Forgets the options for which `wanted` is false; their fields keep their values.
  void keep_if(const std::function<bool(const Option&)>& wanted) {
    std::erase_if(options_, [&](const Option& option) { return !wanted(option); });
  }
  void add_group(std::string name, std::string help) {
    groups_.emplace_back(std::move(name), std::move(help));
  }

 private:
  std::vector<Option> options_;
  std::vector<std::pair<std::string, std::string>> groups_;
  std::vector<std::pair<std::string, std::string>> aliases_, retired_;
};

// What visit() is called with.
class OptionVisitor {
 public:
  OptionVisitor(Options& options, std::string prefix)
      : options_(options), prefix_(std::move(prefix)) {}

  template <class T>
  void operator()(T& field, std::string_view name, std::string_view help) {
    add(&field, name, help, {}, {});
  }
  template <class T>
  void operator()(T& field, std::string_view name, std::string_view help, Range range) {
    add(&field, name, help, range, {});
  }
  void operator()(std::string& field, std::string_view name, std::string_view help, OneOf choices) {
    add(&field, name, help, {}, std::move(choices.names));
  }
  template <class E>
  requires std::is_enum_v<E>
  void operator()(E& field, std::string_view name, std::string_view help, OneOf choices) {
    add(enum_field(field), name, help, {}, std::move(choices.names));
  }
  template <class T>
  void group(T& nested, std::string_view name, std::string_view help) {
    options_.add_group(prefix_ + std::string(name), std::string(help));
    OptionVisitor inner(options_, prefix_ + std::string(name) + ".");
    nested.visit(inner);
  }

 private:
  void add(Option::Field field, std::string_view name, std::string_view help, Range range,
           std::vector<std::string> choices);

  Options& options_;
  std::string prefix_;
};

template <class T>
Options options_of(T& target, const std::string& prefix = "") {
  Options options;
  OptionVisitor visitor(options, prefix);
  target.visit(visitor);
  return options;
}

// The known names most like `name`, best first: for "unknown key 'tran.lr', did you mean …".
std::vector<std::string> nearest_names(std::string_view name, const std::vector<std::string>& known,
                                       size_t count = 3);

// Throws Error: unknown `what` 'name', did you mean …; known: ….
[[noreturn]] void fail_unknown(std::string_view place, std::string_view what, std::string_view name,
                               const std::vector<std::string>& known);

}  // namespace paucal
