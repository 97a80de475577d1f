#pragma once
// The one exception of the training side. Its text names place, value and expectation:
//   [decode] 'a.jpg': 0 bytes, expected JPEG or PNG

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <stdexcept>
#include <string>
#include <string_view>

#include "base/result.h"

namespace paucal {

class Error : public std::runtime_error {
 public:
  Error(std::string_view place, std::string_view message)
      : std::runtime_error(fmt::format("[{}] {}", place, message)),
        place_(place),
        message_(message) {}

  const std::string& place() const { return place_; }
  const std::string& message() const { return message_; }

 private:
  std::string place_;
  std::string message_;
};

// fail("decode", "'{}': {} bytes, expected JPEG or PNG", path, size);
template <class... Args>
[[noreturn]] void fail(std::string_view place, fmt::format_string<Args...> format, Args&&... args) {
  throw Error(place, fmt::format(format, std::forward<Args>(args)...));
}

// Failure as a value, for functions that return Result<T>.
template <class... Args>
Failure failure(std::string_view place, fmt::format_string<Args...> format, Args&&... args) {
  return Failure{std::string(place), fmt::format(format, std::forward<Args>(args)...)};
}

// The value, or its failure as an exception.
template <class T>
T value_or_throw(Result<T> result) {
  if (!result.ok()) throw Error(result.failure().place, result.failure().message);
  return std::move(result.value());
}

}  // namespace paucal
