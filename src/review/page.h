#pragma once
// The page where people review: files that are part of the program (src/review/page, bundled by
// esbuild and embedded by cmake/page.cmake). They hold no data; everybody gets them.

#include <optional>
#include <span>
#include <string_view>

#include "http/server/server.h"

namespace paucal::review {

struct PageFile {
  std::string_view name;  // "" is the page itself; others carry a hash of their content
  std::string_view content_type;
  std::string_view bytes;
};

// Made by the build.
std::span<const PageFile> page_files();

// For ApiOptions::page: the file that is asked for; nothing where there is none of this name.
std::optional<http::Response> page_response(const http::Request& request);

}  // namespace paucal::review
