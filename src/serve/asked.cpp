#include "serve/asked.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace paucal::serve {
namespace {

constexpr std::size_t kMaxFact = 256;
constexpr std::uint64_t kLongestWait = std::uint64_t{24} * 3600 * 1'000'000;  // microseconds

std::string* fact_named(Facts& facts, std::string_view name) {
  if (name == "part") return &facts.part;
  if (name == "station") return &facts.station;
  if (name == "captured_at") return &facts.captured_at;
  if (name == "request_key") return &facts.request_key;
  return nullptr;
}

std::optional<Problem> keep_fact(std::string& fact, std::string_view name, std::string text) {
  if (text.size() > kMaxFact || !is_utf8(text))
    return problem(400, "infer", "parameter '{}': {} bytes, expected at most {} in UTF-8", name,
                   text.size(), kMaxFact);
  fact = std::move(text);
  return std::nullopt;
}

void keep_wait(Asked& asked, std::uint64_t timeout) {
  if (timeout > 0) asked.wait = std::chrono::microseconds(std::min(timeout, kLongestWait));
}

Problem bad_timeout() {
  return problem(400, "infer", "parameter 'timeout': expected microseconds, an integer from 0 on");
}

std::optional<Problem> take(Asked& asked, const std::string& name, const Parameter& value) {
  if (name.starts_with("triton_"))
    return problem(400, "infer", "parameter '{}': names with 'triton_' are reserved", name);
  const auto* count = std::get_if<std::uint64_t>(&value);
  if (name == "timeout") {
    if (!count) return bad_timeout();
    keep_wait(asked, *count);
  } else if (std::string* fact = fact_named(asked.facts, name)) {
    // Controllers number their parts.
    if (count) return keep_fact(*fact, name, std::to_string(*count));
    const auto* text = std::get_if<std::string>(&value);
    if (!text)
      return problem(400, "infer", "parameter '{}': expected a string or an integer", name);
    return keep_fact(*fact, name, *text);
  }
  return std::nullopt;
}

}  // namespace

Checked<Asked> asked_in(const Parameters& parameters) {
  Asked asked;
  for (const auto& [name, value] : parameters.all())
    if (auto wrong = take(asked, name, value)) return std::move(*wrong);
  return asked;
}

Checked<Asked> asked_in(const std::vector<http::Field>& query) {
  Asked asked;
  for (const auto& [name, value] : query) {
    Parameter parameter = value;
    if (name == "timeout") {
      std::uint64_t timeout = 0;
      const char* end = value.data() + value.size();
      const auto [at, error] = std::from_chars(value.data(), end, timeout);
      if (error != std::errc() || at != end) return bad_timeout();
      parameter = timeout;
    }
    if (auto wrong = take(asked, name, parameter)) return std::move(*wrong);
  }
  return asked;
}

}  // namespace paucal::serve
