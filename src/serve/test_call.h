#pragma once
// For tests: a request through the routes without a network.

#include <gtest/gtest.h>

#include <future>

#include "base/json_text.h"
#include "http/server/responder.h"
#include "http/server/target.h"
#include "serve/routes.h"
#include "serve/test_engine.h"

namespace paucal::serve {

inline http::Request request_for(std::string method, std::string_view target, std::string body = {},
                                 std::vector<http::Field> fields = {}) {
  http::Request request;
  request.method = std::move(method);
  auto parsed = http::parse_target(target);
  request.path = std::move(parsed->path);
  request.query = std::move(parsed->query);
  request.fields = std::move(fields);
  request.body = std::move(body);
  request.peer = "127.0.0.1";
  request.loopback = true;
  return request;
}

// Waits for the answer: not all requests are read on the thread that brings them.
inline http::Response answer_to(const http::Handler& routes, http::Request request) {
  std::promise<http::Response> answer;
  routes(std::move(request),
         http::respond_to([&](http::Response response) { answer.set_value(std::move(response)); }));
  return answer.get_future().get();
}

inline Json json_of(const http::Response& response) {
  EXPECT_EQ(response.content_type, "application/json");
  auto json = parse_json(response.body, "answer");
  EXPECT_TRUE(json.ok()) << response.body;
  return json.ok() ? *json : Json();
}

inline std::string field_of(const http::Response& response, std::string_view name) {
  for (const http::Field& field : response.fields)
    if (field.name == name) return field.value;
  return "";
}

// Routes in front of a TestEngine.
class RoutesTest : public testing::Test {
 protected:
  http::Response get(std::string_view target) { return send(request_for("GET", target)); }
  http::Response post(std::string_view target, std::string body = {},
                      std::vector<http::Field> fields = {}) {
    return send(request_for("POST", target, std::move(body), std::move(fields)));
  }
  http::Response send(http::Request request) { return answer_to(routes_, std::move(request)); }
  // What is wrong, of an answer that says so.
  std::string error(const http::Response& response) {
    EXPECT_NE(response.status, 200);
    return json_of(response).value("error", "");
  }

  TestEngine engine_;
  RoutesOptions options_{.version = "1.2.3"};
  http::Handler routes_ = make_routes(engine_, options_);
};

}  // namespace paucal::serve
