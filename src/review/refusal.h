#pragma once
// Why a request is not done: a status as HTTP has them, a word for programs, a sentence for people.

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

#include "base/json.h"

namespace paucal::review {

struct Refusal {
  int status = 400;
  std::string code;      // conflict, unknown, bad, forbidden, …
  std::string message;   // "[verdict] 'MAYBE', expected OK or NG"
  Json state = nullptr;  // of a conflict: the image as it is now
};

template <class... Args>
Refusal refusal(int status, std::string code, fmt::format_string<Args...> format, Args&&... args) {
  return {status, std::move(code), fmt::format(format, std::forward<Args>(args)...)};
}

}  // namespace paucal::review
