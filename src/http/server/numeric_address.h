#pragma once
// Addresses as digits: a static program has no resolver.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace paucal::http {

struct HostPort {
  std::string host = {};  // without brackets
  int port = 0;
};

// "127.0.0.1:80", "[::1]:80", "name:80"; without a port it is `default_port`. Nothing where the
// port is no number up to 65535, or the host is empty.
std::optional<HostPort> split_host_port(std::string_view text, int default_port);

bool is_ip_literal(const std::string& host);  // IPv4 or IPv6, without brackets
// 127.0.0.0/8, ::1, and the former mapped into IPv6.
bool is_loopback(std::string_view address);

// What a browser was told to visit is an address of digits, localhost, this machine's name or one
// of `names`: so a page of somebody else's name cannot reach this server (DNS rebinding).
bool is_own_host(std::string_view host_field, const std::vector<std::string>& names);

}  // namespace paucal::http
