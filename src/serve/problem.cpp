#include "serve/problem.h"

#include "base/json_text.h"

namespace paucal::serve {

int status_of(Refusal why) {
  switch (why) {
    case Refusal::kBadInput:
      return 400;
    case Refusal::kForbidden:
      return 403;
    case Refusal::kUnknownModel:
      return 404;
    case Refusal::kNotReady:
    case Refusal::kQueueFull:
    case Refusal::kTimeout:
    case Refusal::kStopping:
      return 503;
    case Refusal::kInternal:
      return 500;
  }
  return 500;
}

http::Response json_response(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.content_type = kJson;
  response.body = std::move(body);
  return response;
}

http::Response response_of(const Problem& problem) {
  return json_response(problem.status, dump_json({{"error", problem.message}}));
}

http::Response response_of(const Refused& refused) {
  http::Response response = response_of(Problem{status_of(refused.why), refused.message});
  // Too much to do, both of them.
  if (refused.why == Refusal::kQueueFull || refused.why == Refusal::kTimeout)
    response.fields.push_back({"Retry-After", "1"});
  return response;
}

}  // namespace paucal::serve
