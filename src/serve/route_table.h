#pragma once
// Which path means what, and who may ask.

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "serve/call.h"
#include "serve/tokens.h"

namespace paucal::serve {

struct Route {
  std::string_view method;
  std::string_view pattern;  // "{m}" a model, "{v}" its version, "{r}" anything
  unsigned scopes;           // of which a token needs one; kOpen: everybody may
  bool changes;              // what serves; without tokens this machine alone may
  void (*answer)(Call call);
};

// The first row that fits a path is its route, so "stats" stands above "{m}".
std::span<const Route> routes();
inline constexpr std::size_t kNoRoute = RequestCounts::kRoutes - 1;  // counts 404 and 405

struct Matched {
  std::size_t route = kNoRoute;
  std::string model = {};
  std::optional<int> version = {};
  std::vector<std::string_view> methods = {};  // that the path has, where it has not this one
};

// HEAD is as GET. A slash at the end changes nothing.
Matched match_route(std::string_view method, const std::vector<std::string>& path);

}  // namespace paucal::serve
