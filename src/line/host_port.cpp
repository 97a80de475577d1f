#include "line/host_port.h"

#include <charconv>

#include "base/error.h"

namespace paucal::line {

Result<HostPort> parse_host_port(std::string_view flag, std::string_view text) {
  const auto wrong = [&] {
    return failure("line", "{} '{}': expected HOST:PORT, e.g. 192.168.0.10:502", flag, text);
  };
  const size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong();
  std::string_view host = text.substr(0, colon), port = text.substr(colon + 1);
  const bool brackets = host.starts_with('[') && host.ends_with(']');
  if (brackets) host = host.substr(1, host.size() - 2);
  if (host.empty() || (!brackets && host.find_first_of(":[]") != std::string_view::npos))
    return wrong();
  HostPort result{std::string(host), -1};
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), result.port);
  if (error != std::errc() || end != port.data() + port.size() || result.port < 0 ||
      result.port > 65535)
    return wrong();
  return result;
}

}  // namespace paucal::line
