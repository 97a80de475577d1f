#include "http/server/numeric_address.h"

#include <arpa/inet.h>
#include <unistd.h>

#include <charconv>

#include "base/files.h"

namespace paucal::http {
namespace {

std::string machine_name() {
  char name[256] = {};
  return ::gethostname(name, sizeof(name) - 1) == 0 ? lower(name) : "";
}

}  // namespace

std::optional<HostPort> split_host_port(std::string_view text, int default_port) {
  HostPort result{.host = {}, .port = default_port};
  const size_t colon = text.rfind(':');
  const size_t bracket = text.rfind(']');
  const bool has_port =
      colon != std::string_view::npos && (bracket == std::string_view::npos || colon > bracket);
  if (has_port) {
    const std::string_view digits = text.substr(colon + 1);
    const char* end = digits.data() + digits.size();
    const auto [stopped, error] = std::from_chars(digits.data(), end, result.port);
    if (error != std::errc() || stopped != end || result.port < 0 || result.port > 65535) return {};
    text = text.substr(0, colon);
  }
  if (text.starts_with('[')) {
    if (!text.ends_with(']')) return {};
    text = text.substr(1, text.size() - 2);
  } else if (text.find(':') != std::string_view::npos) {
    return {};
  }
  if (text.empty()) return {};
  result.host = text;
  return result;
}

bool is_ip_literal(const std::string& host) {
  unsigned char bytes[16];
  return ::inet_pton(AF_INET, host.c_str(), bytes) == 1 ||
         ::inet_pton(AF_INET6, host.c_str(), bytes) == 1;
}

bool is_loopback(std::string_view address) {
  if (address.starts_with("::ffff:")) address.remove_prefix(7);
  return address.starts_with("127.") || address == "::1";
}

bool is_own_host(std::string_view host_field, const std::vector<std::string>& names) {
  const auto split = split_host_port(host_field, 80);
  if (!split) return false;
  std::string host = lower(split->host);
  if (is_ip_literal(host)) return true;
  if (host.ends_with('.')) host.pop_back();
  if (host.empty()) return false;
  if (host == "localhost" || host == machine_name()) return true;
  for (const std::string& name : names)
    if (lower(name) == host) return true;
  return false;
}

}  // namespace paucal::http
