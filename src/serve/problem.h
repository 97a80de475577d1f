#pragma once
// Why a request gets no answer, and how that is said: {"error": text} under a status.

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include "http/server/server.h"
#include "serve/engine.h"

namespace paucal::serve {

struct Problem {
  int status = 400;
  std::string message;  // "[infer] input 'image': …"
};

// A value that came from a client, or what is wrong with it.
template <class T>
using Checked = std::variant<T, Problem>;

template <class... Args>
Problem problem(int status, std::string_view place, fmt::format_string<Args...> format,
                Args&&... args) {
  return {status, fmt::format("[{}] {}", place, fmt::format(format, std::forward<Args>(args)...))};
}

int status_of(Refusal why);

inline constexpr std::string_view kJson = "application/json";  // some clients compare exactly

http::Response json_response(int status, std::string body);
http::Response response_of(const Problem& problem);
http::Response response_of(
    const Refused& refused);  // with Retry-After where there is too much to do

}  // namespace paucal::serve
