// One field of an options struct: reading it from text or JSON, checking it, showing it.
#include <algorithm>
#include <cctype>
#include <charconv>
#include <cmath>
#include <utility>

#include "base/error.h"
#include "base/files.h"
#include "base/json_text.h"
#include "base/options.h"

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
template <>
struct Kind<EnumField> {
  static constexpr std::string_view kName = "text";
};
template <class T>
struct Kind<std::vector<T>> {
  static constexpr std::string_view kName = "list";
};

// As a person would write it.
std::string show(const Json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return fmt::format("{}", value.get<double>());
  return dump_json(value);
}

[[noreturn]] void refuse(const Option& option, const Json& value) {
  fail(kPlace, "{}={}: expected {}", option.key, show(value), option.expectation());
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
    if (element.is_number_integer()) {  // exact also beyond 2^53, where doubles have gaps
      const bool fits = element.is_number_unsigned() ? std::in_range<T>(element.get<uint64_t>())
                                                     : std::in_range<T>(element.get<int64_t>());
      if (!fits) refuse(option, whole);
      out = element.get<T>();
    } else {  // 1e3, 64.0
      if (number != std::floor(number) ||
          number < static_cast<double>(std::numeric_limits<T>::min()) ||
          number >= std::ldexp(1.0, std::numeric_limits<T>::digits))
        refuse(option, whole);
      out = static_cast<T>(number);
    }
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

void read_element(const Option& option, const Json& whole, const Json& element,
                  const EnumField& out) {
  std::string name;
  read_element(option, whole, element, name);
  out.set(out.field,
          static_cast<size_t>(std::ranges::find(option.choices, name) - option.choices.begin()));
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
    const std::string word = lower(text);
    if (word == "true" || word == "yes" || word == "on" || word == "1") return true;
    if (word == "false" || word == "no" || word == "off" || word == "0") return false;
  } else {
    const char* end = text.data() + text.size();
    if constexpr (std::is_integral_v<T>) {
      T integer;
      auto [p, error] = std::from_chars(text.data(), end, integer);
      if (error == std::errc() && p == end) return integer;
    }
    double number;
    auto [p, error] = std::from_chars(text.data(), end, number);
    if (error == std::errc() && p == end && std::isfinite(number)) return number;
  }
  return std::string(text);
}

// What an element of the field points at: the field itself, or an item of a list.
template <class T>
const T* element_of(const T*) {
  return nullptr;
}
const std::string* element_of(const EnumField&) {
  return nullptr;
}
template <class T>
const T* element_of(const std::vector<T>*) {
  return nullptr;
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

Json parse_scalar(std::string_view text, const EnumField&) {
  return std::string(text);
}

// What read_element() writes to, and value() reads.
template <class T>
T& target(T* field) {
  return *field;
}
const EnumField& target(const EnumField& field) {
  return field;
}

template <class T>
Json json_of(const Option&, const T& value) {
  return Json(value);
}
Json json_of(const Option& option, const EnumField& value) {
  return option.choices[value.get(value.field)];
}

}  // namespace

Json Option::value() const {
  return std::visit([this](const auto& f) { return json_of(*this, target(f)); }, field);
}

std::string Option::type_name() const {
  return std::visit(
      [](const auto& f) -> std::string {
        using T = std::decay_t<decltype(target(f))>;
        if constexpr (std::is_same_v<T, std::vector<int>>) return "list of integers";
        if constexpr (std::is_same_v<T, std::vector<double>>) return "list of numbers";
        if constexpr (std::is_same_v<T, std::vector<std::string>>) return "list of texts";
        return std::string(Kind<T>::kName);
      },
      field);
}

std::string Option::expectation() const {
  std::string text = type_name();
  if (!choices.empty()) text = fmt::format("one of {}", fmt::join(choices, ", "));
  const bool low = std::isfinite(range.low), high = std::isfinite(range.high);
  if (low && high) {
    text += fmt::format(" from {} to {}", show(range.low), show(range.high));
  } else if (low) {
    text += fmt::format(" of at least {}", show(range.low));
  } else if (high) {
    text += fmt::format(" of at most {}", show(range.high));
  }
  return text;
}

void Option::set(const Json& value) {
  std::visit([&](const auto& f) { read_element(*this, value, value, target(f)); }, field);
}

Json Option::parse_element(std::string_view text) const {
  return std::visit([&](const auto& f) { return parse_scalar(text, element_of(f)); }, field);
}

void Option::set_text(std::string_view text) {
  std::visit([&](const auto& f) { set(parse_scalar(trim(text), f)); }, field);
}

}  // namespace paucal
