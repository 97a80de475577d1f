#pragma once
// Where a request ends, decided on its raw bytes before the parser sees them. Two readers of one
// connection that disagree on this let requests be smuggled; so whatever is not plain is refused.
// Source: RFC 9112, sections 2.2, 3, 5 and 6; Boost.Beast pull requests 3096 and 3098, which its
// version 1.81 lacks.

#include <cstdint>
#include <optional>
#include <string_view>
#include <variant>

namespace paucal::http {

// How far the search for the empty line has come.
struct HeadScan {
  std::size_t next = 0;       // bytes seen
  std::size_t line = 0;       // where the line begins that is not complete
  std::size_t first_end = 0;  // after the first line; 0: it has not ended
};
enum class HeadEnd { kMore, kFound, kBadLine };  // bad: a CR or LF alone

// `bytes` are those of before and more. Found: the head is the first `scan.next` bytes.
HeadEnd find_head_end(std::string_view bytes, HeadScan& scan);

struct Framing {
  std::string_view method, target;      // within the head
  int minor = 1;                        // of HTTP/1.minor: 0 or 1
  std::optional<std::uint64_t> length;  // Content-Length
  bool chunked = false;                 // neither: the body is empty
  std::size_t fields = 0;
};
struct Misframed {
  int status;       // 400, 431, 501 or 505; the connection cannot go on
  const char* why;  // without any byte of the request
};

// `head` ends with its empty line, as find_head_end() found it.
std::variant<Framing, Misframed> check_framing(std::string_view head, std::size_t max_fields);

}  // namespace paucal::http
