#pragma once
// HOST:PORT as typed: a name or a numeric address, that of IPv6 in brackets.

#include <string>
#include <string_view>

#include "base/result.h"

namespace paucal::line {

struct HostPort {
  std::string host;  // without brackets
  int port = 0;
};

// "127.0.0.1:502", "[::1]:502". `flag` names the text in the message.
Result<HostPort> parse_host_port(std::string_view flag, std::string_view text);

}  // namespace paucal::line
