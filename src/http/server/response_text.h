#pragma once
// A response as bytes.

#include <string>

#include "http/server/server.h"

namespace paucal::http {

// Whether it may be written: a status from 200 to 599, names that are tokens, values without CR,
// LF, NUL or other control characters (response splitting), and none of the fields that the server
// writes itself: Content-Length, Content-Type, Transfer-Encoding, Connection.
bool is_writable(const Response& response);

struct Ending {
  bool close = false;       // the connection ends after it
  bool keep_alive = false;  // HTTP/1.0 needs to be told
};
// All before the body, for one of `size` bytes. There is no Date: the clock of a device may be
// wrong.
std::string head_text(const Response& response, std::size_t size, Ending ending);

// {"error": text}, as all of the protocol's errors. `text` is ASCII without quotes and backslashes.
Response error_response(int status, const std::string& text);

}  // namespace paucal::http
