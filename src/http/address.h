#pragma once
// Addresses of files: http and https alone.

#include <string>

#include "base/result.h"

namespace paucal::http {

struct Address {
  std::string scheme;  // http or https
  std::string host;
  std::string path;  // "/models/a.pth"
  std::string
      shown;  // for messages and files: without user, password and query, which may be secret

  std::string file_name() const;  // "a.pth"; empty where the path ends with '/'
};

// Whether a person means an address, not a file: "https://…", also one of another scheme.
bool is_address(const std::string& text);

Result<Address> parse_address(const std::string& text);

}  // namespace paucal::http
