#include "http/server/framing.h"

#include <charconv>

#include "base/files.h"

namespace paucal::http {
namespace {

using Checked = std::optional<Misframed>;

// RFC 9110, 5.6.2: what names and methods are made of.
bool is_token(std::string_view text) {
  for (const char c : text) {
    const bool alphanumeric =
        (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!alphanumeric && std::string_view("!#$%&'*+-.^_`|~").find(c) == std::string_view::npos)
      return false;
  }
  return !text.empty();
}

bool is_field_value(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte < 0x20 && c != '\t') || byte == 0x7f) return false;
  }
  return true;
}

bool is_target(std::string_view text) {
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte <= 0x20 || byte >= 0x7f || c == '#') return false;
  }
  return !text.empty();
}

std::string_view without_space(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

Checked check_request_line(std::string_view line, Framing& framing) {
  const size_t first = line.find(' ');
  const size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last)
    return Misframed{400, "request line: expected METHOD TARGET HTTP/1.1"};
  framing.method = line.substr(0, first);
  framing.target = line.substr(first + 1, last - first - 1);
  const std::string_view version = line.substr(last + 1);
  if (!is_token(framing.method)) return Misframed{400, "method: expected a token"};
  if (!is_target(framing.target))
    return Misframed{400, "target: expected printable ASCII without space and '#'"};
  const bool is_version = version.size() == 8 && version.starts_with("HTTP/") &&
                          version[6] == '.' && version[5] >= '0' && version[5] <= '9' &&
                          version[7] >= '0' && version[7] <= '9';
  if (!is_version) return Misframed{400, "version: expected HTTP/1.0 or HTTP/1.1"};
  if (version[5] != '1' || version[7] > '1')
    return Misframed{505, "version: expected HTTP/1.0 or HTTP/1.1"};
  framing.minor = version[7] - '0';
  return {};
}

Checked check_length(std::string_view value, Framing& framing) {
  uint64_t length = 0;
  const char* end = value.data() + value.size();
  for (const char c : value)
    if (c < '0' || c > '9') return Misframed{400, "Content-Length: expected digits"};
  const auto [stopped, error] = std::from_chars(value.data(), end, length);
  if (value.empty() || stopped != end) return Misframed{400, "Content-Length: expected digits"};
  if (error == std::errc::result_out_of_range) return Misframed{413, "body: too large"};
  if (framing.length && *framing.length != length)
    return Misframed{400, "Content-Length: two that differ, expected one"};
  framing.length = length;
  return {};
}

struct Seen {
  int hosts = 0, transfer_encodings = 0;
  bool only_chunked = true;
};

Checked check_field(std::string_view line, Framing& framing, Seen& seen) {
  if (line.front() == ' ' || line.front() == '\t')
    return Misframed{400, "header: a folded line, expected NAME: VALUE"};
  const size_t colon = line.find(':');
  if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
    return Misframed{400, "header: expected NAME: VALUE without a space before the colon"};
  const std::string_view value = without_space(line.substr(colon + 1));
  if (!is_field_value(value)) return Misframed{400, "header: a control character in its value"};
  const std::string name = lower(line.substr(0, colon));
  if (name == "host") ++seen.hosts;
  if (name == "content-length") return check_length(value, framing);
  if (name == "transfer-encoding") {
    ++seen.transfer_encodings;
    seen.only_chunked = seen.transfer_encodings == 1 && lower(value) == "chunked";
  }
  return {};
}

Checked check_together(Framing& framing, const Seen& seen) {
  if (seen.hosts > 1) return Misframed{400, "Host: two, expected one"};
  if (seen.hosts == 0 && framing.minor == 1) return Misframed{400, "Host: none, expected one"};
  if (seen.transfer_encodings == 0) return {};
  if (framing.length)
    return Misframed{400, "Transfer-Encoding beside Content-Length: expected one of them"};
  if (framing.minor == 0) return Misframed{400, "Transfer-Encoding: expected HTTP/1.1"};
  if (!seen.only_chunked) return Misframed{501, "Transfer-Encoding: expected chunked alone"};
  framing.chunked = true;
  return {};
}

}  // namespace

HeadEnd find_head_end(std::string_view bytes, HeadScan& scan) {
  for (; scan.next < bytes.size(); ++scan.next) {
    const char c = bytes[scan.next];
    const bool after_cr = scan.next > 0 && bytes[scan.next - 1] == '\r';
    if ((c == '\n') != after_cr) return HeadEnd::kBadLine;
    if (c != '\n') continue;
    const bool empty = scan.next - scan.line == 1;
    scan.line = scan.next + 1;
    if (scan.first_end == 0) scan.first_end = scan.line;
    if (!empty) continue;
    ++scan.next;
    return HeadEnd::kFound;
  }
  return HeadEnd::kMore;
}

std::variant<Framing, Misframed> check_framing(std::string_view head, std::size_t max_fields) {
  Framing framing;
  Seen seen;
  bool first = true;
  for (size_t at = 0; at < head.size();) {
    const size_t end = head.find("\r\n", at);
    if (end == std::string_view::npos) return Misframed{400, "header: no empty line at its end"};
    const std::string_view line = head.substr(at, end - at);
    at = end + 2;
    if (line.empty() && !first) break;
    if (!first && ++framing.fields > max_fields) return Misframed{431, "header: too many fields"};
    const Checked wrong =
        first ? check_request_line(line, framing) : check_field(line, framing, seen);
    if (wrong) return *wrong;
    first = false;
  }
  if (const Checked wrong = check_together(framing, seen)) return *wrong;
  return framing;
}

}  // namespace paucal::http
