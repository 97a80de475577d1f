#include "http/server/response_text.h"

#include <gtest/gtest.h>

namespace paucal::http {
namespace {

TEST(ResponseText, Head) {
  const Response response{
      .status = 404, .content_type = "application/json", .body = "{}", .fields = {{"X-A", "b"}}};
  EXPECT_EQ(head_text(response, 2, {.close = true}),
            "HTTP/1.1 404 Not Found\r\nContent-Type: application/json\r\nX-A: b\r\n"
            "Content-Length: 2\r\nConnection: close\r\n\r\n");
  EXPECT_EQ(head_text({.status = 204}, 0, {.keep_alive = true}),
            "HTTP/1.1 204 No Content\r\nConnection: keep-alive\r\n\r\n");
}

TEST(ResponseText, NothingSplitsAResponse) {
  EXPECT_TRUE(is_writable({.fields = {{"X-A", "b\tc"}}}));
  for (const char* value : {"a\r\nSet-Cookie: b", "a\n", "\r", "\x7f"}) {
    EXPECT_FALSE(is_writable({.fields = {{"X-A", value}}})) << value;
    EXPECT_FALSE(is_writable({.content_type = value})) << value;
    EXPECT_FALSE(is_writable({.fields = {{value, "a"}}})) << value;
  }
  EXPECT_FALSE(is_writable({.fields = {{"X-A", std::string("a\0b", 3)}}}));
  for (const char* name : {"", "a b", "a:", "content-length", "Connection", "Transfer-Encoding"})
    EXPECT_FALSE(is_writable({.fields = {{name, "a"}}})) << name;
  for (const int status : {0, 100, 199, 600}) EXPECT_FALSE(is_writable({.status = status}));
}

}  // namespace
}  // namespace paucal::http
