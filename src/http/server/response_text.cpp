#include "http/server/response_text.h"

#include <string_view>

#include "base/files.h"

namespace paucal::http {
namespace {

struct Reason {
  int status;
  const char* text;
};
constexpr Reason kReasons[] = {
    {200, "OK"},
    {201, "Created"},
    {202, "Accepted"},
    {204, "No Content"},
    {304, "Not Modified"},
    {400, "Bad Request"},
    {401, "Unauthorized"},
    {403, "Forbidden"},
    {404, "Not Found"},
    {405, "Method Not Allowed"},
    {408, "Request Timeout"},
    {409, "Conflict"},
    {413, "Content Too Large"},
    {414, "URI Too Long"},
    {415, "Unsupported Media Type"},
    {417, "Expectation Failed"},
    {421, "Misdirected Request"},
    {429, "Too Many Requests"},
    {431, "Request Header Fields Too Large"},
    {500, "Internal Server Error"},
    {501, "Not Implemented"},
    {503, "Service Unavailable"},
    {505, "HTTP Version Not Supported"},
};

const char* reason_of(int status) {
  for (const Reason& reason : kReasons)
    if (reason.status == status) return reason.text;
  return "Other";
}

bool is_plain(std::string_view value) {
  for (const char c : value)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f) return false;
  return true;
}

bool is_field_name(std::string_view name) {
  for (const char c : name)
    if (c <= ' ' || c >= 0x7f ||
        std::string_view("\"(),/:;<=>?@[\\]{}").find(c) != std::string_view::npos)
      return false;
  return !name.empty();
}

bool is_servers_own(std::string_view name) {
  const std::string known = lower(name);
  return known == "content-length" || known == "content-type" || known == "transfer-encoding" ||
         known == "connection";
}

}  // namespace

bool is_writable(const Response& response) {
  if (response.status < 200 || response.status > 599) return false;
  if (!is_plain(response.content_type)) return false;
  for (const Field& field : response.fields)
    if (!is_field_name(field.name) || is_servers_own(field.name) || !is_plain(field.value))
      return false;
  return true;
}

std::string head_text(const Response& response, std::size_t size, Ending ending) {
  std::string text =
      "HTTP/1.1 " + std::to_string(response.status) + ' ' + reason_of(response.status) + "\r\n";
  const auto add = [&](std::string_view name, std::string_view value) {
    text.append(name).append(": ").append(value).append("\r\n");
  };
  if (!response.content_type.empty()) add("Content-Type", response.content_type);
  for (const Field& field : response.fields) add(field.name, field.value);
  const bool has_body = response.status != 204 && response.status != 304;
  if (has_body) add("Content-Length", std::to_string(size));
  if (ending.close) add("Connection", "close");
  if (!ending.close && ending.keep_alive) add("Connection", "keep-alive");
  return text += "\r\n";
}

Response error_response(int status, const std::string& text) {
  Response response{.status = status,
                    .content_type = "application/json",
                    .body = R"({"error":")" + text + R"("})"};
  if (status == 503) response.fields.push_back({"Retry-After", "1"});
  if (status == 415) response.fields.push_back({"Accept-Encoding", "gzip, deflate"});
  return response;
}

}  // namespace paucal::http
