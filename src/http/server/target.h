#pragma once
// A request's target, "/v2/models/a%20b?x=1", as segments and parameters.

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "http/server/server.h"

namespace paucal::http {

struct Target {
  // Decoded once, so that a coded '/' stays within its segment. A '/' at the end adds nothing: "/"
  // has no segment. "." and ".." mean nothing here.
  std::vector<std::string> path;
  std::vector<Field> query;  // a '+' is a space
  std::string host;          // of "http://host/path"; else empty
};

// "/path?query", "http://host/path?query" or "*". Nothing where it is none of them, a '%' is no two
// digits, or a byte is NUL, coded or not.
std::optional<Target> parse_target(std::string_view text);

}  // namespace paucal::http
